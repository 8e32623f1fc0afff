// The pictures of the documentation, taken from the real thing: `make pictures`.

import { resolve } from "node:path";
import { Editor, middle } from "./editor";
import { expect, test } from "./flowroom";

const folder = resolve(import.meta.dirname, "../../docs/images");

for (const theme of ["light", "dark"] as const) {
  test(`list, editor and a running graph, ${theme}`, async ({ flowroom, join }) => {
    test.setTimeout(180_000);
    const page = await join("Ada", "/", theme);
    await expect(page.getByText("Chat with a local model").first()).toBeVisible();
    await page.screenshot({ path: `${folder}/list-${theme}.png` });

    await page.goto(`${flowroom.url}/graphs/${await flowroom.example("Orders of the day")}`);
    const orders = await new Editor(page).ready();
    await orders.page.waitForTimeout(1500);
    await page.screenshot({ path: `${folder}/editor-${theme}.png` });

    const copy = await flowroom.copyOf("Chat with a local model");
    await flowroom.api("PATCH", `/graphs/${copy}`, { title: "Chat with a local model" });
    await page.goto(`${flowroom.url}/graphs/${copy}`);
    const ada = await new Editor(page).ready();
    const bob = await new Editor(await join("Bob", `/graphs/${copy}`, theme)).ready();
    await ada.select("Local model");
    const message = page.getByRole("textbox", { name: "Message to Ask something" });
    await message.fill("Tell me a story about a river and a bridge.");
    await message.press("Enter");
    await expect(page.getByTestId("node-model")).toHaveAttribute("data-status", "running", { timeout: 30_000 });
    const place = await middle(bob.node("What it said"));
    await bob.page.mouse.move(place[0] - 60, place[1] + 90, { steps: 4 });
    await bob.page.mouse.move(place[0] - 10, place[1] + 40, { steps: 8 });
    await expect(page.getByTestId("node-model").getByLabel("Output", { exact: true })).toContainText(/\w+ \w+ \w+ \w+ \w+ \w+ \w+ \w+/, { timeout: 30_000 });
    await page.screenshot({ path: `${folder}/editor-running-${theme}.png` });
    await flowroom.api("DELETE", `/graphs/${copy}`); // the next list is to be as a new workspace's
  });
}

test("people talking about a graph", async ({ flowroom, join }) => {
  test.setTimeout(120_000);
  const id = await flowroom.copyOf("Orders of the day");
  await flowroom.api("PATCH", `/graphs/${id}`, { title: "Orders of the day" });
  const { nodes } = await flowroom.api<{ nodes: Record<string, { name: string }> }>("GET", `/graphs/${id}/export?format=flowroom`);
  const node = (name: string) => Object.entries(nodes).find(([, each]) => each.name === name)?.[0] ?? "";
  const ada = await new Editor(await join("Ada", `/graphs/${id}`)).ready();
  const bob = await new Editor(await join("Bob Stone", `/graphs/${id}`)).ready();
  const say = async (anchor: object, body: string) => {
    const send = async ([graph, about, text]: [string, object, string]) => {
      const csrf = /flowroom_csrf=([^;]+)/.exec(document.cookie)?.[1] ?? "";
      const headers = { "Content-Type": "application/json", "X-CSRF-Token": csrf };
      await fetch(`/api/graphs/${graph}/threads`, { method: "POST", headers, body: JSON.stringify({ anchor: about, body: text }) });
    };
    await bob.page.evaluate(send, [id, anchor, body] as [string, object, string]);
  };
  await say({ type: "node", node: node("A big day?") }, "Where does “big” begin? I would say at 10,000.");
  await say({ type: "canvas", at: [900, 760] }, "There is room here for the weekly report.");
  await say({ type: "node", node: node("Who sent it back") }, "Should these go to support as well?");
  await say({ type: "node", node: node("Write a headline") }, "The headline is **too long** for the board. At most *eight words*, please:\n\n- a shorter prompt\n- `max_tokens: 24`");

  await ada.page.getByRole("button", { name: "Comments, 4 unread" }).click();
  await ada.page.getByRole("button", { name: /^Comment by Bob Stone on Write a headline/ }).click();
  const talk = ada.page.getByRole("dialog", { name: "Comments" });
  await talk.getByRole("textbox", { name: "Reply" }).fill("@bob");
  await ada.page.keyboard.press("Enter");
  await ada.page.keyboard.type("I’ll do that today.");
  await ada.page.keyboard.press("Control+Enter");
  await expect(talk).toContainText("@Bob Stone I’ll do that today.");
  await bob.page.getByRole("button", { name: /^Comment by Bob Stone on Write a headline/ }).click();
  const theirs = bob.page.getByRole("dialog", { name: "Comments" });
  await theirs.getByRole("article", { name: /^Ada/ }).hover();
  await theirs.getByRole("button", { name: "React" }).last().click();
  await bob.page.getByRole("button", { name: "Thumbs up" }).click();
  await expect(talk.getByRole("button", { name: /^👍 1/ })).toBeVisible();
  await ada.page.mouse.move(700, 800);
  await ada.page.waitForTimeout(600);
  await ada.page.screenshot({ path: `${folder}/comments-light.png` });
});

test("a version beside what the graph is now", async ({ flowroom, join }) => {
  test.setTimeout(120_000);
  const id = await flowroom.copyOf("Orders of the day");
  await flowroom.api("PATCH", `/graphs/${id}`, { title: "Orders of the day" });
  const ada = await new Editor(await join("Ada", `/graphs/${id}`)).ready();
  const keep = (label: string) => flowroom.api("POST", `/graphs/${id}/versions?label=${encodeURIComponent(label)}`);
  await keep("First draft");
  await keep("Before the new report");
  await ada.select("Who sent it back");
  await ada.rename("Who returned it");
  await ada.select("Write a headline");
  await ada.page.keyboard.press("Delete");
  await ada.add("Merge");
  await ada.saved();
  await ada.page.getByRole("button", { name: "More", exact: true }).click();
  await ada.page.getByRole("menuitem", { name: "Versions" }).click();
  const dialog = ada.page.getByRole("dialog", { name: "Versions" });
  await expect(dialog.getByText("Write a headline comes back")).toBeVisible();
  await dialog.evaluate((window) => Promise.all(window.getAnimations().map(({ finished }) => finished)));
  await dialog.screenshot({ path: `${folder}/versions-light.png` });
  await flowroom.api("DELETE", `/graphs/${id}`);
});
