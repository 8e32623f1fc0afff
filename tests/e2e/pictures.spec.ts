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
    await expect(page.getByTestId("node-model")).toContainText(/\w+ \w+ \w+ \w+ \w+ \w+ \w+ \w+/, { timeout: 30_000 });
    await page.screenshot({ path: `${folder}/editor-running-${theme}.png` });
  });
}
