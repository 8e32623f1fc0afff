// What axe finds, in both themes, in every state a person passes through. WEB-13 of docs/spec.md.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Editor } from "./editor";
import { expect, test, type Page } from "./flowroom";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Violation {
  id: string;
  nodes: { html: string; failureSummary?: string }[];
}

/** Run axe in a page; injected through the debugger, which the page's content security policy does not concern. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const runner = (window as unknown as { axe: { run: (options: object) => Promise<{ violations: Violation[] }> } }).axe;
    return (await runner.run({ resultTypes: ["violations"] })).violations;
  });
  return found.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 200)} ${node.failureSummary ?? ""}`));
}

for (const theme of ["light", "dark"] as const) {
  test(`axe finds nothing in the ${theme} theme`, async ({ flowroom, join }) => {
    test.setTimeout(120_000);
    const page = await join("Ada", "/", theme);
    await expect(page.getByRole("heading", { name: "Graphs" })).toBeVisible();
    await expect(page.getByText("Chat with a local model")).toBeVisible();
    expect(await violations(page)).toEqual([]);

    const { items } = await flowroom.api<{ items: { id: string; title: string }[] }>("GET", "/graphs");
    await page.goto(`${flowroom.url}/graphs/${items.find((item) => item.title.startsWith("Chat with"))?.id}`);
    const editor = await new Editor(page).ready();
    expect(await violations(page)).toEqual([]);

    await editor.select("Local model");
    await expect(editor.inspector.getByRole("tab", { name: "Settings", exact: true })).toBeVisible();
    expect(await violations(page)).toEqual([]);

    const message = page.getByRole("textbox", { name: "Message to Ask something" });
    await message.fill("Hello");
    await message.press("Enter");
    await page.getByRole("button", { name: "Runs" }).click();
    await expect(page.getByTestId("node-log")).toHaveAttribute("data-status", "succeeded", { timeout: 60_000 });
    expect(await violations(page)).toEqual([]);

    await editor.canvas.focus();
    await page.keyboard.press("Control+k");
    await expect(page.getByRole("dialog")).toBeVisible();
    expect(await violations(page)).toEqual([]);
  });
}
