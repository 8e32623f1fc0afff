// What axe finds, in both themes, in every state a person passes through. WEB-13 of docs/spec.md.

import { violations } from "./axe";
import { Editor } from "./editor";
import { expect, test } from "./flowroom";

test("axe finds nothing in any theme", async ({ flowroom, join }) => {
  test.setTimeout(120_000);
  const page = await join("Ada", "/");
  await expect(page.getByRole("heading", { name: "Graphs" })).toBeVisible();
  await expect(page.getByText("Chat with a local model")).toBeVisible();
  expect(await violations(page)).toEqual([]);

  await page.goto(`${flowroom.url}/graphs/${await flowroom.example("Chat with a local model")}`);
  const editor = await new Editor(page).ready();
  await expect(page.getByRole("application", { name: "Canvas" })).toBeVisible();
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
