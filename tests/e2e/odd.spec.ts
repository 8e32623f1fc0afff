// Where things are not as usual: a browser that forces its colours, a clock that is wrong, a session that ends. WEB-33 and WEB-39 of docs/spec.md.

import { violations } from "./axe";
import { Editor } from "./editor";
import { expect, test, type Page } from "./flowroom";

const outlineOf = (page: Page, selector: string) =>
  page.locator(selector).first().evaluate((element) => {
    const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(element);
    return outlineStyle === "none" || outlineColor === "rgba(0, 0, 0, 0)" ? 0 : parseFloat(outlineWidth);
  });

test("WEB-33: where the browser forces its colours one sees what is selected, chosen and on", async ({ flowroom, join }) => {
  const page = await join("Ada", "/");
  await page.emulateMedia({ forcedColors: "active" });
  await page.goto(`${flowroom.url}/graphs/${await flowroom.copyOf("Orders of the day")}`);
  const editor = await new Editor(page).ready();
  await editor.select("Fetch the orders");
  const card = (name: string) => `.react-flow__node[aria-label^="${name}"] > div`;
  await expect.poll(() => outlineOf(page, card("Fetch the orders"))).toBeGreaterThan(2);
  expect(await outlineOf(page, card("A big day?"))).toBe(1);
  expect(await outlineOf(page, '[aria-pressed="true"]')).toBe(1);
  const line = await page.getByRole("tab", { name: "Nodes" }).evaluate((tab) => {
    const { borderBottomWidth, borderBottomStyle } = getComputedStyle(tab, "::after");
    return [borderBottomWidth, borderBottomStyle];
  });
  expect(line).toEqual(["2px", "solid"]);

  await page.getByRole("button", { name: "More" }).click();
  await page.keyboard.press("ArrowDown");
  await expect.poll(() => outlineOf(page, '[role="menuitem"]:focus')).toBe(2);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await expect.poll(() => outlineOf(page, '[role="option"][aria-selected="true"]')).toBe(2);
});

test("WEB-33: what was just done was done just now, however wrong the browser's clock is", async ({ flowroom, join }) => {
  await flowroom.api("POST", "/graphs", { title: "On time" });
  for (const minutes of [10, -10]) {
    const page = await join("Ada", "/account");
    await page.addInitScript((by) => {
      const tell = Date.now.bind(Date);
      Date.now = () => tell() + by;
    }, minutes * 60_000);
    await page.goto(flowroom.url);
    const card = page.getByRole("listitem").filter({ hasText: "On time" });
    await expect(card.getByText("edited just now")).toBeVisible();

    const graph = { nodes: { chat: { id: "chat", type: "Chat", name: "Ask", pos: [0, 0], size: [304, 300], params: {} } } };
    const { id } = await flowroom.api<{ id: string }>("POST", "/graphs", { title: "Chat", graph });
    await page.goto(`${flowroom.url}/graphs/${id}`);
    const message = page.getByRole("textbox", { name: "Message to Ask" });
    await message.fill("Hello there");
    await message.press("Enter");
    await expect(page.getByTestId("node-chat")).toHaveAttribute("data-status", "succeeded", { timeout: 30_000 });
    await expect(page.getByTestId("node-chat").getByText("Hello there")).toHaveCount(1); // not as one that still waits, too
  }
});

test("WEB-39: a name that is too long begins in sight, also one that is written from the right", async ({ flowroom, join }) => {
  const title = "مرحبا بالعالم يا جماعة الخير كيف حالكم اليوم وماذا تفعلون هنا";
  await flowroom.api("POST", "/graphs", { title });
  const page = await join("Ada", "/");
  const [first, box] = await page.getByRole("link", { name: title }).evaluate((link) => {
    const range = new Range();
    range.setStart(link.firstChild ?? link, 0);
    range.setEnd(link.firstChild ?? link, 1);
    return [range.getBoundingClientRect().toJSON(), link.getBoundingClientRect().toJSON()] as DOMRect[];
  });
  expect(first?.right).toBeLessThanOrEqual((box?.right ?? 0) + 1);
});

async function endSession(page: Page, url: string): Promise<void> {
  const csrf = (await page.context().cookies()).find(({ name }) => name === "flowroom_csrf")?.value ?? "";
  expect((await page.context().request.delete(`${url}/api/session`, { headers: { "X-CSRF-Token": csrf } })).status()).toBe(204);
}

async function signInAgain(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Use a token" }).click();
  await page.getByLabel("Token").fill("end-to-end");
  await page.getByRole("button", { name: "Sign in" }).click();
}

test("WEB-20: whose session ends while they type go on typing where they were, and nothing of it is lost or asked for", async ({ flowroom, join }) => {
  const nodes = { Text: { id: "Text", type: "Template", name: "Text", pos: [0, 0], params: { template: "" } } };
  const { id } = await flowroom.api<{ id: string }>("POST", "/graphs", { title: "Typed", graph: { nodes } });
  const page = await join("Ada", `/graphs/${id}`);
  const editor = await new Editor(page).ready();
  await editor.select("Text");
  const field = editor.inspector.getByRole("textbox", { name: "Template" });
  await field.click();
  await page.keyboard.type("Before");
  await editor.saved();
  await endSession(page, flowroom.url);
  const signIn = page.getByRole("heading", { name: "Sign in to Flowroom" });
  await expect(signIn).toBeVisible();
  await page.keyboard.type(" and after");
  expect(await violations(page)).toEqual([]);
  // Nobody reads on the page what lies beneath.
  expect(await page.evaluate(() => document.elementFromPoint(innerWidth - 20, innerHeight / 2)?.closest("[role=dialog]")?.textContent)).toContain("You were signed out");

  await page.getByLabel("Email").click();
  await expect(editor.canvas).toHaveCount(0);
  await expect(page.getByLabel("Email")).toBeFocused();
  await expect(page.getByLabel("Email")).toHaveValue("");
  await signInAgain(page);
  await editor.ready();
  const stored = await flowroom.api<{ nodes: Record<string, { params: { template: string } }> }>("GET", `/graphs/${id}/export?format=flowroom`);
  expect(stored.nodes["Text"]?.params.template).toBe("Before and after");
});

test("WEB-20: whose session ends while they use keys on the canvas have none of them in the sign-in", async ({ flowroom, join }) => {
  const page = await join("Ada", `/graphs/${await flowroom.copyOf("Orders of the day")}`);
  const editor = await new Editor(page).ready();
  await editor.node("Fetch the orders").focus();
  await endSession(page, flowroom.url);
  await expect(page.getByRole("heading", { name: "Sign in to Flowroom" })).toBeVisible();
  await page.keyboard.type("c");
  await expect(page.getByLabel("Email")).toHaveValue("");
  await page.keyboard.press("Tab");
  await expect(page.getByLabel("Email")).toBeFocused();
});

test("WEB-20: whose session ends while they work reads so, and is where they were after signing in", async ({ flowroom, join }) => {
  const page = await join("Ada", `/graphs/${await flowroom.copyOf("Orders of the day")}`);
  const editor = await new Editor(page).ready();
  await endSession(page, flowroom.url);

  await expect(page.getByText("You were signed out. Sign in again")).toBeVisible();
  await signInAgain(page);
  await editor.ready();
  await expect(page.getByText("You were signed out")).toHaveCount(0);
});
