// What comes next: an edge dropped where nothing is asks what to put there.

import { violations } from "./axe";
import { Editor, middle } from "./editor";
import { expect, test, type Flowroom, type Page } from "./flowroom";

async function withChat(flowroom: Flowroom): Promise<string> {
  const graph = { nodes: { chat: { id: "chat", type: "Chat", name: "Ask", pos: [0, 0], params: {} } } };
  return (await flowroom.api<{ id: string }>("POST", "/graphs", { title: "Next", graph })).id;
}

async function dropIntoTheOpen(editor: Editor): Promise<void> {
  const [x, y] = await middle(editor.node("Ask").getByRole("button", { name: "Output Message" }));
  await editor.page.mouse.move(x, y);
  await editor.page.mouse.down();
  await editor.page.mouse.move(x + 60, y + 30, { steps: 3 });
  await editor.page.mouse.move(x + 120, y + 40, { steps: 3 });
  await editor.page.mouse.up();
}

const menu = (page: Page) => page.getByRole("dialog", { name: "What comes next" });

test("an edge dropped into the open offers what fits, and one key adds and connects it", async ({ flowroom, join }) => {
  const id = await withChat(flowroom);
  const ada = await new Editor(await join("Ada", `/graphs/${id}`)).ready();
  const bob = await new Editor(await join("Bob", `/graphs/${id}`)).ready();

  await dropIntoTheOpen(ada);
  await expect(menu(ada.page).getByRole("option", { name: /LLM/ })).toBeVisible();
  await expect(menu(ada.page).getByRole("option", { name: /Group/ })).toHaveCount(0);
  await ada.page.keyboard.type("llm");
  await ada.page.keyboard.press("Enter");

  await expect(bob.node("LLM")).toBeVisible();
  await expect(bob.edges()).toHaveCount(1);
  await expect(menu(ada.page)).toHaveCount(0);
  await ada.page.keyboard.press("Control+z");
  await expect(bob.node("LLM")).toHaveCount(0);
  await expect(bob.edges()).toHaveCount(0);
});

test("Escape leaves everything as it was, and so does a click elsewhere", async ({ flowroom, join }) => {
  const id = await withChat(flowroom);
  const ada = await new Editor(await join("Ada", `/graphs/${id}`)).ready();

  await dropIntoTheOpen(ada);
  await ada.page.keyboard.press("Escape");
  await expect(menu(ada.page)).toHaveCount(0);
  await dropIntoTheOpen(ada);
  await expect(menu(ada.page)).toBeVisible();
  await ada.canvas.click({ position: { x: 40, y: 40 } });
  await expect(menu(ada.page)).toHaveCount(0);
  await expect(ada.page.getByRole("button", { name: "Undo" })).toBeDisabled();
});

test("by keyboard alone a graph is drawn: add, connect, connect to what stands", async ({ flowroom, join }) => {
  const id = await withChat(flowroom);
  const ada = await new Editor(await join("Ada", `/graphs/${id}`)).ready();
  const keys = ada.page.keyboard;

  await ada.canvas.focus();
  await keys.press("Alt+ArrowRight");
  await keys.press("c");
  await expect(menu(ada.page)).toBeVisible();
  await keys.type("llm");
  await keys.press("Enter");
  await expect(ada.edges()).toHaveCount(1);

  await keys.press("c");
  await keys.type("connect ask");
  await keys.press("Enter");
  await expect(ada.edges()).toHaveCount(2);
  await expect(ada.node("Ask")).toBeFocused();
  await keys.press("e");
  await expect(ada.edges().and(ada.page.locator(":focus"))).toHaveAccessibleName(/^Edge from Ask, .* to LLM/);
  await keys.press("Alt+ArrowRight");
  await expect(ada.node("LLM")).toBeFocused();
  await ada.saved();
});

test("WEB-34: a node comes into an edge by keyboard and by the plus beside it, as one step", async ({ flowroom, join }) => {
  const step = (id: string, x: number) => [id, { id, type: "Template", name: id, pos: [x, 0], params: { template: "x" } }] as const;
  const edges = { e: { id: "e", source: "One", sourcePort: "output", target: "Two", targetPort: "input" } };
  const graph = { nodes: Object.fromEntries([step("One", 0), step("Two", 400)]), edges };
  const { id } = await flowroom.api<{ id: string }>("POST", "/graphs", { title: "Between", graph });
  const ada = await new Editor(await join("Ada", `/graphs/${id}`)).ready();
  const keys = ada.page.keyboard;
  const names = () => ada.edges().evaluateAll((all) => all.map((edge) => edge.getAttribute("aria-label")).sort());

  await ada.canvas.focus();
  await keys.press("e");
  await expect(ada.edges().and(ada.page.locator(":focus"))).toHaveCount(1);
  await keys.press("i");
  const search = ada.page.getByRole("combobox", { name: "Add what comes between" });
  await expect(search).toBeFocused();
  await expect(menu(ada.page).getByRole("option", { name: /^Log / })).toHaveCount(0); // nothing goes on from it
  expect(await violations(ada.page)).toEqual([]);
  await keys.press("Escape");
  await expect(ada.edges().and(ada.page.locator(":focus"))).toHaveCount(1);

  await keys.press("i");
  await keys.type("merge");
  await keys.press("Enter");
  await expect(ada.node("Merge")).toBeFocused();
  expect(await names()).toEqual(["Edge from Merge to Two", "Edge from One to Merge"]);
  const [x, y] = await ada.offset("Merge", "One");
  expect(x).toBeGreaterThan(0);
  expect(Math.abs(y)).toBeLessThan(4);
  await keys.press("Control+z");
  await expect.poll(names).toEqual(["Edge from One to Two"]);
  await expect(ada.node("Merge")).toHaveCount(0);

  await ada.page.mouse.move(...(await middle(ada.edges().first())));
  await ada.page.locator("[data-between]").click();
  await expect(search).toBeFocused();
  await keys.type("merge");
  await keys.press("Enter");
  await expect.poll(names).toEqual(["Edge from Merge to Two", "Edge from One to Merge"]);

  await ada.page.mouse.click(...(await middle(ada.edges().first())), { button: "right" });
  await ada.page.getByRole("menuitem", { name: "Put a node into the edge" }).click();
  await expect(search).toBeFocused();
  await keys.press("Escape");

  // From afar a finger or a mouse meets it as well.
  const [centreX, centreY] = await middle(ada.canvas);
  await ada.page.mouse.move(centreX, centreY);
  await ada.page.keyboard.down("Control");
  await ada.page.mouse.wheel(0, 650);
  await ada.page.keyboard.up("Control");
  await expect.poll(() => ada.page.locator(".react-flow__viewport").evaluate((view) => new DOMMatrix(getComputedStyle(view).transform).a)).toBeLessThan(0.45);
  await ada.page.mouse.move(...(await middle(ada.edges().first())));
  const plus = await ada.page.locator("[data-between]:visible").boundingBox();
  expect(Math.min(plus?.width ?? 0, plus?.height ?? 0)).toBeGreaterThanOrEqual(24);
  await ada.page.mouse.click(...(await middle(ada.page.locator("[data-between]:visible"))));
  await expect(search).toBeFocused();
});

test("the keyboard is where one works: at what was added or gone to, in the inspector's first field, and back", async ({ flowroom, join }) => {
  const ada = await new Editor(await join("Ada", `/graphs/${await withChat(flowroom)}`)).ready();
  const keys = ada.page.keyboard;

  await keys.press("a");
  await expect(ada.page.getByRole("combobox", { name: "Add a node" })).toBeFocused();
  await keys.type("log");
  await keys.press("Enter");
  await expect(ada.node("Log")).toBeFocused();
  await keys.press("Enter");
  await expect(ada.inspector.getByRole("textbox", { name: "Name" })).toBeFocused();
  await keys.press("Escape");
  await expect(ada.node("Log")).toBeFocused();

  await keys.press("Control+k");
  await expect(ada.page.getByRole("combobox", { name: "Find a command or node" })).toBeFocused();
  await keys.type("ask");
  await keys.press("Enter");
  await expect(ada.page.getByRole("dialog")).toHaveCount(0);
  await expect(ada.node("Ask")).toBeFocused();
  await keys.press("c");
  await keys.type("template");
  await keys.press("Enter");
  await expect(ada.node("Template")).toBeFocused();
  await keys.press("Tab");
  expect(await ada.page.evaluate(() => document.activeElement?.closest(".react-flow__edge"))).toBeNull();

  await ada.node("Ask").focus();
  await keys.press("Control+Enter");
  await expect(ada.page.locator("[data-status]").first()).toBeVisible(); // it runs, and the inspector has not taken the keyboard
  await expect(ada.node("Ask")).toBeFocused();
});

test("what is typed while the menu is on its way waits for it, and does what it says", async ({ flowroom, join }) => {
  const { id } = await flowroom.api<{ id: string }>("POST", "/graphs", { title: "Slow" });
  const page = await join("Ada", `/graphs/${id}`);
  let letCome = () => {};
  const comes = new Promise<void>((done) => (letCome = done));
  await page.route(/\/NextMenu-/, async (route) => {
    await comes;
    await route.continue();
  });
  await page.reload();
  const ada = await new Editor(page).ready();
  await ada.canvas.dblclick({ position: { x: 120, y: 120 } });
  await page.keyboard.type("swi");
  await page.keyboard.press("Enter");
  await expect(ada.node("Switch")).toHaveCount(0);
  letCome();
  await expect(ada.node("Switch")).toBeVisible();
});
