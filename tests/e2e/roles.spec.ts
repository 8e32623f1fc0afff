// What someone may do who may not edit: look. The page offers nothing that writes, and says why.

import { Editor } from "./editor";
import { expect, test, type Flowroom, type Page } from "./flowroom";

/** Someone who opens the page with a token of a lesser role. */
async function guest(flowroom: Flowroom, page: Page, role: "viewer" | "runner", path: string): Promise<void> {
  const { token } = await flowroom.api<{ token: string }>("POST", "/tokens", { name: "Guest", role, kind: "person" });
  await page.goto(`${flowroom.url}/?token=${token}`);
  await page.goto(`${flowroom.url}${path}`);
}

test("a viewer sees the work of the others live, and is offered nothing that writes", async ({ flowroom, join, page }) => {
  const id = await flowroom.copyOf("Chat with a local model");
  const ada = await new Editor(await join("Ada", `/graphs/${id}`)).ready();
  await guest(flowroom, page, "viewer", `/graphs/${id}`);
  const guests = new Editor(page);
  await expect(guests.status).toHaveText("You can look, not edit");

  await expect(page.getByRole("button", { name: /^(Run|Undo|Redo|Send)$/ })).toHaveCount(0);
  await expect(page.getByRole("region", { name: "Node types" })).toHaveCount(0);
  await expect(page.getByRole("textbox", { name: "Message to Ask something" })).toHaveCount(0);
  await guests.select("Local model");
  await expect(guests.inspector).toContainText("You can look, not edit");
  await expect(guests.inspector.getByRole("textbox", { name: "Name" })).toBeDisabled();

  await guests.node("Local model").click({ button: "right" });
  await expect(page.getByRole("menuitem", { name: /^Copy/ })).toBeVisible();
  await expect(page.getByRole("menuitem", { name: /Delete|Cut|Paste|Group|Run|Duplicate/ })).toHaveCount(0);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("dialog").getByRole("option", { name: /Show everything/ })).toBeVisible();
  await expect(page.getByRole("dialog").getByRole("option", { name: /Chat|Delete|Group/ })).toHaveCount(0);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);

  await page.keyboard.press("Delete");
  await page.keyboard.press("Control+g");
  await page.keyboard.press("c");
  const card = await guests.node("Local model").boundingBox();
  await page.mouse.move((card?.x ?? 0) + 60, (card?.y ?? 0) + 12);
  await page.mouse.down();
  await page.mouse.move((card?.x ?? 0) + 160, (card?.y ?? 0) + 90, { steps: 4 });
  await page.mouse.up();

  await ada.select("What it said");
  await ada.rename("Kept");
  await expect(guests.node("Kept")).toBeVisible();
  await expect(ada.node("Local model")).toBeVisible();
  expect(await guests.offset("Local model", "Kept")).toEqual(await ada.offset("Local model", "Kept"));
});

test("the list offers a viewer no way to make, change or delete a graph", async ({ flowroom, page }) => {
  await guest(flowroom, page, "viewer", "/");
  await expect(page.getByText("You can look, not edit")).toBeVisible();
  await expect(page.getByRole("button", { name: /New graph|Import/ })).toHaveCount(0);
  await page.getByRole("button", { name: /^Actions for Chat with/ }).first().click();
  await expect(page.getByRole("menuitem", { name: /^Export/ }).first()).toBeVisible();
  await expect(page.getByRole("menuitem", { name: /Rename|Duplicate|Delete/ })).toHaveCount(0);
});

test("a runner runs, and edits nothing", async ({ flowroom, page }) => {
  const id = await flowroom.copyOf("Chat with a local model");
  await guest(flowroom, page, "runner", `/graphs/${id}`);
  await expect(new Editor(page).status).toHaveText("You can look and run, not edit");
  const message = page.getByRole("textbox", { name: "Message to Ask something" });
  await message.fill("Hello");
  await message.press("Enter");
  await expect(page.getByTestId("node-model")).toHaveAttribute("data-status", /running|succeeded/, { timeout: 30_000 });
});
