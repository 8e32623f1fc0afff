// The keyboard is never nowhere: what had it may go, and then its neighbour or the canvas has it.

import { Editor } from "./editor";
import { expect, type Page, test } from "./flowroom";

const settled = async (page: Page): Promise<void> => {
  await page.evaluate(() => new Promise((done) => setTimeout(done, 200)));
  await expect.poll(() => page.evaluate(() => document.activeElement?.tagName), { timeout: 2000 }).not.toBe("BODY");
};

test("the keyboard stays in the editor after what it was at is gone", async ({ flowroom, join }) => {
  const page = await join("Ada", `/graphs/${await flowroom.copyOf("Orders of the day")}`);
  const editor = await new Editor(page).ready();
  const node = editor.node("Fetch the orders");
  await expect(node).toBeVisible();
  // What watches over the focus comes after the canvas, and this after it.
  await expect.poll(() => page.evaluate(() => performance.getEntriesByType("resource").some(({ name }) => name.includes("/NodeInspector-")))).toBe(true);

  for (const keys of ["Control+k", "?", "a", "Shift+C"]) {
    await page.keyboard.press(keys);
    await expect(page.getByRole("dialog").or(page.getByText("Esc cancels")).first()).toBeVisible();
    await page.keyboard.press("Escape");
    await test.step(keys, () => settled(page));
  }
  await expect(editor.canvas).toBeFocused();

  await node.focus();
  await page.keyboard.press("Space");
  await page.keyboard.press("Shift+C");
  await expect(page.getByRole("textbox", { name: "Comment" })).toBeFocused();
  await page.keyboard.press("Escape");
  await settled(page);

  await page.keyboard.press("e");
  await expect(page.locator(".react-flow__edge:focus")).toBeVisible();
  for (const keys of ["Delete", "Alt+ArrowRight", "Delete"]) {
    await page.keyboard.press(keys);
    await settled(page);
  }
  await expect(editor.canvas).toBeFocused();
});

test("WEB-37: Tab goes from node to node as one reads the picture, also after one was moved", async ({ flowroom, join }) => {
  const row = [["Third", 800], ["First", 0], ["Second", 400]] as const;
  const nodes = Object.fromEntries(row.map(([name, x]) => [name, { id: name, type: "Merge", name, pos: [x, 0] }]));
  const { id } = await flowroom.api<{ id: string }>("POST", "/graphs", { title: "In order", graph: { nodes } });
  const page = await join("Ada", `/graphs/${id}`);
  const editor = await new Editor(page).ready();
  const names = async (): Promise<(string | undefined)[]> => {
    await editor.canvas.focus();
    const seen: (string | undefined)[] = [];
    while (seen.length < 3) {
      await page.keyboard.press("Tab");
      seen.push(await page.evaluate(() => document.activeElement?.getAttribute("data-id") ?? undefined));
    }
    return seen;
  };
  expect(await names()).toEqual(["First", "Second", "Third"]);
  await editor.node("First").focus();
  await page.keyboard.press("Space");
  for (let at = 0; at < 13; at++) await page.keyboard.press("Shift+ArrowRight");
  await editor.saved();
  expect(await names()).toEqual(["Second", "First", "Third"]);
});

test("WEB-37: Tab keeps to the picture within a group and in the page itself, and a field that has the keyboard keeps it", async ({ flowroom, join }) => {
  const step = (id: string, x: number, y: number, more = {}) => [id, { id, type: "Merge", name: id, pos: [x, y], ...more }] as const;
  const nodes = Object.fromEntries([
    step("Last", 900, 0),
    step("Box", 200, 0, { type: "Group" }),
    step("Right", 340, 80, { parent: "Box" }),
    step("Left", 40, 80, { parent: "Box" }),
    step("First", -200, 0, { type: "Chat" }),
  ]);
  const { id } = await flowroom.api<{ id: string }>("POST", "/graphs", { title: "In order", graph: { nodes } });
  const page = await join("Ada", `/graphs/${id}`);
  const editor = await new Editor(page).ready();
  const inPage = () => page.locator(".react-flow__node").evaluateAll((cards) => cards.map((card) => card.getAttribute("data-id")));
  const message = page.getByRole("textbox", { name: "Message to First" });
  await expect.poll(inPage).toEqual(["First", "Box", "Left", "Right", "Last"]); // for screen readers, without a key

  await message.click();
  await page.keyboard.type("Hel");
  const bob = await new Editor(await join("Bob", `/graphs/${id}`)).ready();
  await bob.node("Left").focus();
  await bob.page.keyboard.press("Space");
  for (let at = 0; at < 10; at++) await bob.page.keyboard.press("Shift+ArrowRight");
  await bob.node("Last").focus();
  await bob.page.keyboard.press("Space");
  for (let at = 0; at < 30; at++) await bob.page.keyboard.press("Shift+ArrowLeft");
  await bob.saved();
  await expect.poll(inPage).toEqual(["Last", "First", "Box", "Right", "Left"]);
  await page.keyboard.type("lo");
  await expect(message).toHaveValue("Hello");

  await editor.node("Box").focus();
  const seen: (string | null | undefined)[] = [];
  for (let at = 0; at < 2; at++) {
    await page.keyboard.press("Tab");
    seen.push(await page.evaluate(() => document.activeElement?.getAttribute("data-id")));
  }
  expect(seen).toEqual(["Right", "Left"]);
});

test("the keyboard stays in the list after a graph is deleted", async ({ flowroom, join }) => {
  await flowroom.copyOf("Orders of the day");
  const page = await join("Ada", "/");
  const copies = page.getByRole("button", { name: "Actions for Orders of the day (copy" });
  await expect(copies.first()).toBeVisible();
  const before = await copies.count();
  await copies.first().click();
  await page.getByRole("menuitem", { name: "Delete…" }).click();
  await page.getByRole("button", { name: "Delete graph" }).click();
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(copies).toHaveCount(before - 1);
  await settled(page);
});

test("the keyboard stays in the conversation after a comment is changed or deleted", async ({ flowroom, join }) => {
  const page = await join("Ada", `/graphs/${await flowroom.copyOf("Orders of the day")}`);
  const editor = await new Editor(page).ready();
  await editor.node("Fetch the orders").focus();
  await page.keyboard.press("Space");
  await page.keyboard.press("Shift+C");
  await expect(page.getByRole("textbox", { name: "Comment" })).toBeFocused();
  await page.keyboard.type("Where from?");
  await page.keyboard.press("Control+Enter");
  const more = page.getByRole("button", { name: "More about this comment" });
  for (const leave of ["Escape", "Control+Enter"]) {
    await more.click();
    await page.getByRole("menuitem", { name: "Edit" }).click();
    await page.keyboard.type("!");
    await page.keyboard.press(leave);
    await expect(more).toBeVisible();
    await settled(page);
  }
  await more.click();
  await page.getByRole("menuitem", { name: "Delete…" }).click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await expect(page.getByText("Where from?")).toBeHidden();
  await settled(page);
});
