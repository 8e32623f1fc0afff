// What a gesture will do is seen before it is done, and Escape gives it up; names on cards. WEB-34 and WEB-35 of docs/spec.md.

import { Editor, middle } from "./editor";
import { expect, test, type Flowroom, type Join } from "./flowroom";

interface Placed {
  id: string;
  type: string;
  name: string;
  pos: [number, number];
}
interface Joined {
  source: string;
  target: string;
}

const step = (id: string, x: number, y: number, more = {}) => ({ id, type: "Template", name: id, pos: [x, y], params: { template: "x" }, ...more });

async function begin(flowroom: Flowroom, join: Join) {
  const graph = {
    nodes: { One: step("One", 0, 0), Two: step("Two", 560, 0), Three: step("Three", 560, 240), Loose: step("Loose", 40, 320) },
    edges: { a: { id: "a", source: "One", sourcePort: "output", target: "Two", targetPort: "input", condition: "value != ''", varName: "x" } },
  };
  const { id } = await flowroom.api<{ id: string }>("POST", "/graphs", { title: "Gestures", graph });
  const ada = await new Editor(await join("Ada", `/graphs/${id}`)).ready();
  const stored = async () => {
    await ada.saved();
    return flowroom.api<{ nodes: Record<string, Placed>; edges: Record<string, Joined> }>("GET", `/graphs/${id}/export?format=flowroom`);
  };
  return { id, ada, stored };
}

const port = (editor: Editor, name: string, called: string | RegExp) => editor.node(name).getByRole("button", { name: called });
const undo = (editor: Editor) => editor.page.getByRole("button", { name: /^Undo/ });

test("Escape gives up an edge while it is drawn, also over a port that would take it", async ({ flowroom, join }) => {
  const { ada } = await begin(flowroom, join);
  const { mouse, keyboard } = ada.page;
  await ada.select("Loose");
  const from = await middle(port(ada, "One", "Output Text"));
  const to = await middle(port(ada, "Three", /^Input/));
  for (const end of [to, [from[0] + 60, from[1] + 120] as const]) {
    await mouse.move(...from);
    await mouse.down();
    await mouse.move(from[0] + 40, from[1] + 40, { steps: 3 });
    await mouse.move(end[0], end[1], { steps: 4 });
    await expect(ada.page.locator(".react-flow__connection")).toBeVisible();
    await keyboard.press("Escape");
    await expect(ada.page.locator(".react-flow__connection")).toBeHidden();
    await mouse.move(end[0] + 2, end[1] + 2);
    await mouse.move(end[0], end[1]);
    await mouse.up();
  }
  await expect(ada.page.getByRole("dialog", { name: "What comes next" })).toBeHidden();
  await expect(ada.edges()).toHaveCount(1);
  await expect(undo(ada)).toBeDisabled();
  await expect(ada.inspector.getByRole("textbox", { name: "Name" })).toHaveValue("Loose"); // still selected

  // So does it one that was begun by a click; the next is drawn as ever.
  const click = async (at: [number, number]) => mouse.click(...at);
  await click(from);
  await keyboard.press("Escape");
  await click(to);
  await keyboard.press("Escape");
  await expect(ada.edges()).toHaveCount(1);
  await click(from);
  await click(to);
  await expect(ada.edges()).toHaveCount(2);
});

test("a drag of what someone deletes is over, and the next one is as ever", async ({ flowroom, join }) => {
  const { id, ada } = await begin(flowroom, join);
  const bob = await new Editor(await join("Bob", `/graphs/${id}`)).ready();
  await ada.pull("Loose", 100, 40);
  await bob.select("Loose");
  await bob.page.keyboard.press("Delete");
  await expect(ada.node("Loose")).toBeHidden();
  await ada.page.mouse.move(700, 600);
  await ada.page.mouse.up();
  const before = await ada.offset("Three", "One");
  await ada.pull("Three", 0, 120);
  await ada.page.mouse.up();
  await expect.poll(async () => (await bob.offset("Three", "One"))[1]).toBeGreaterThan(before[1] + 50);
});

test("Escape gives up the end of an edge that is led elsewhere", async ({ flowroom, join }) => {
  const { ada, stored } = await begin(flowroom, join);
  const { mouse, keyboard } = ada.page;
  const [x, y] = await middle(port(ada, "Two", /^Input/));
  const to = await middle(port(ada, "Three", /^Input/));
  await mouse.move(x - 17, y); // beside the port, where the edge is taken
  await mouse.down();
  await mouse.move(x - 40, y + 40, { steps: 3 });
  await mouse.move(...to, { steps: 4 });
  await expect(ada.page.locator(".react-flow__connection")).toBeVisible();
  await keyboard.press("Escape");
  await mouse.up();
  await expect(undo(ada)).toBeDisabled();
  expect(Object.values((await stored()).edges)).toMatchObject([{ source: "One", target: "Two" }]);
});

test("Escape gives up a box, and selected is what was", async ({ flowroom, join }) => {
  const { ada } = await begin(flowroom, join);
  const { mouse, keyboard } = ada.page;
  await ada.select("Loose");
  const three = await ada.node("Three").boundingBox();
  if (!three) throw new Error("Three is not to be seen");
  await mouse.move(three.x - 30, three.y - 30);
  await mouse.down();
  await mouse.move(three.x + 60, three.y + 20, { steps: 4 });
  await expect(ada.inspector.getByRole("textbox", { name: "Name" })).toHaveValue("Three");
  await keyboard.press("Escape");
  await mouse.move(three.x + 100, three.y + 40, { steps: 4 });
  await expect(ada.page.locator(".react-flow__selection")).toBeHidden();
  await mouse.up();
  await expect(ada.inspector.getByRole("textbox", { name: "Name" })).toHaveValue("Loose");
  await expect(ada.page.locator(".react-flow__nodesselection")).toBeHidden();
  await ada.select("One"); // the next click is one
  await expect(ada.inspector.getByRole("textbox", { name: "Name" })).toHaveValue("One");
});

test("while one drags with Alt, the node stays and its copy is seen, for the others, too", async ({ flowroom, join }) => {
  const { id, ada, stored } = await begin(flowroom, join);
  const bob = await new Editor(await join("Bob", `/graphs/${id}`)).ready();
  const copy = ada.page.getByTestId("copies").getByText("Loose", { exact: true });
  const before = await ada.offset("Loose", "One");
  await ada.pull("Loose", 200, 60);
  expect((await ada.offset("Loose", "One"))[0]).toBeGreaterThan(before[0] + 100);
  await expect.poll(async () => (await bob.offset("Loose", "One"))[0]).toBeGreaterThan(before[0] + 100);
  await ada.page.keyboard.down("Alt");
  await expect(copy).toBeVisible();
  expect(await ada.offset("Loose", "One")).toEqual(before);
  await expect.poll(() => bob.offset("Loose", "One")).toEqual(before);
  const [x, y] = [(await copy.boundingBox())?.x ?? 0, (await ada.node("Loose").getByText("Loose", { exact: true }).first().boundingBox())?.x ?? 0];
  expect(x - y).toBeGreaterThan(100);
  await ada.page.keyboard.up("Alt");
  await expect(copy).toBeHidden();
  await ada.page.keyboard.down("Alt");
  await ada.page.mouse.up();
  await ada.page.keyboard.up("Alt");
  await expect.poll(async () => Object.values((await stored()).nodes).filter(({ name }) => name === "Loose").length).toBe(2);
  expect((await stored()).nodes["Loose"]?.pos).toEqual([40, 320]);
});

test("a node dropped on an edge comes between, which is shown before, as one step", async ({ flowroom, join }) => {
  const { ada, stored } = await begin(flowroom, join);
  const edge = async () => {
    const [out, into] = [await middle(port(ada, "One", "Output Text")), await middle(port(ada, "Two", /^Input/))];
    return [(out[0] + into[0]) / 2, out[1]] as [number, number];
  };
  const pairs = async () => Object.values((await stored()).edges).map(({ source, target }) => `${source} ${target}`);
  const { mouse, keyboard } = ada.page;
  const taking = ada.page.locator("[data-takes]");

  // One that stands already.
  const [x, y] = await middle(ada.node("Loose").getByText("Loose", { exact: true }).first());
  const to = await edge();
  await ada.pull("Loose", to[0] - x, to[1] - y);
  await expect(taking).toHaveCount(1);
  await mouse.up();
  await expect(taking).toHaveCount(0);
  await expect.poll(async () => (await pairs()).sort()).toEqual(["Loose Two", "One Loose"]);
  await keyboard.press("Control+z");
  await expect.poll(pairs).toEqual(["One Two"]);
  expect((await stored()).nodes["Loose"]?.pos).toEqual([40, 320]);

  // One from the palette; one that has no output is no way.
  const types = ada.page.getByRole("region", { name: "Node types" });
  const drag = async (type: string) => {
    await types.getByRole("button", { name: new RegExp(`^${type} `) }).hover();
    await mouse.down();
    await mouse.move(to[0] - 40, to[1] + 40, { steps: 3 });
    await mouse.move(to[0], to[1] + 1, { steps: 2 });
    await mouse.move(...to);
  };
  await drag("Template");
  await expect(taking).toHaveCount(1);
  await mouse.up();
  await expect.poll(async () => (await pairs()).length).toBe(2);
  const made = Object.values((await stored()).nodes).find(({ name }) => name === "")?.id ?? "";
  expect((await pairs()).sort()).toEqual([`One ${made}`, `${made} Two`].sort());
  await keyboard.press("Control+z");
  await expect.poll(pairs).toEqual(["One Two"]);
  expect(Object.keys((await stored()).nodes)).toHaveLength(4);

  await drag("Log");
  await expect(taking).toHaveCount(0);
  await mouse.up();
  await expect.poll(async () => Object.keys((await stored()).nodes).length).toBe(5);
  expect(await pairs()).toEqual(["One Two"]);
});

test("a node that has edges is dragged across others and comes between none", async ({ flowroom, join }) => {
  const { ada } = await begin(flowroom, join);
  await ada.connect("Loose", "Text", "Three", "");
  await expect(ada.edges()).toHaveCount(2);
  const [out, into] = [await middle(port(ada, "One", "Output Text")), await middle(port(ada, "Two", /^Input/))];
  const [x, y] = await middle(ada.node("Loose").getByText("Loose", { exact: true }).first());
  await ada.pull("Loose", (out[0] + into[0]) / 2 - x, out[1] - y);
  await expect(ada.page.locator("[data-takes]")).toHaveCount(0);
  await ada.page.mouse.up();
  await expect(ada.edges()).toHaveCount(2);
});

test("a node keeps to the lines of others while it is dragged, and to none with Ctrl", async ({ flowroom, join }) => {
  const { ada, stored } = await begin(flowroom, join);
  const guides = ada.page.getByTestId("guides").locator("line");
  const place = async () => (await stored()).nodes["Loose"]?.pos;
  const zoom = Number.parseInt((await ada.page.getByRole("group", { name: "Zoom" }).getByRole("status").textContent()) ?? "") / 100;
  await ada.pull("Loose", 60, 40);
  const [x, y] = await middle(ada.node("Loose").getByText("Loose", { exact: true }).first());
  const [off] = await ada.offset("Loose", "One");
  await expect(async () => {
    // The lines are fetched once the canvas is there.
    for (const by of [9, 4]) await ada.page.mouse.move(x - off + by * zoom, y);
    await expect(guides).toHaveCount(2, { timeout: 500 }); // its left and its right edge are those of One
  }).toPass();
  await ada.page.mouse.up();
  await expect(guides).toHaveCount(0);
  await expect.poll(async () => (await place())?.[0]).toBe(0);

  await ada.pull("Loose", 61 * zoom, 0);
  await ada.page.keyboard.down("Control");
  await ada.page.mouse.move(...(await middle(ada.node("Loose").getByText("Loose", { exact: true }).first())));
  await expect(guides).toHaveCount(0);
  await ada.page.keyboard.up("Control");
  await ada.page.mouse.up();
});

test("F2 and a double click on its title rename a node on its card, as one step, and Escape leaves its name", async ({ flowroom, join }) => {
  const { id, ada } = await begin(flowroom, join);
  const bob = await new Editor(await join("Bob", `/graphs/${id}`)).ready();
  const { keyboard } = ada.page;
  const field = ada.page.getByRole("textbox", { name: "Name of Loose" });
  await ada.select("Loose");
  await keyboard.press("F2");
  await expect(field).toBeFocused();
  await keyboard.type("Draft");
  await keyboard.press("Escape");
  await expect(field).toBeHidden();
  await expect(undo(ada)).toBeDisabled();
  await expect(ada.node("Loose")).toBeFocused();

  await ada.node("Loose").getByText("Loose", { exact: true }).first().dblclick();
  await expect(field).toBeFocused();
  await keyboard.type("Summary");
  await keyboard.press("Enter");
  await expect(ada.node("Summary")).toBeFocused();
  await expect(bob.node("Summary")).toBeVisible();
  await expect(undo(ada)).toHaveAccessibleName("Undo: rename a node");
  await keyboard.press("Control+z");
  await expect(ada.page.getByText("Undone: rename a node.")).toBeAttached();
  await expect(bob.node("Loose")).toBeVisible();
  await expect(undo(ada)).toBeDisabled();

  // A click elsewhere keeps what was written, and nobody edits what is deleted.
  await ada.select("Loose");
  await keyboard.press("F2");
  await keyboard.type("Other");
  await ada.page.mouse.click(...(await middle(ada.node("Three").getByText("Three", { exact: true }).first())));
  await expect(bob.node("Other")).toBeVisible();
  await ada.select("Other");
  await keyboard.press("F2");
  await bob.select("Other");
  await bob.page.keyboard.press("Delete");
  await expect(ada.page.getByText("Someone deleted “Other”")).toBeVisible();
  await bob.page.keyboard.press("Control+z");
  await expect(ada.node("Other")).toBeVisible();
  await expect(ada.page.getByRole("textbox", { name: /^Name of/ })).toBeHidden();
});

test("the lines to keep to are fetched as the pointer comes to the canvas, before anything can be dragged", async ({ flowroom, join }) => {
  const { ada } = await begin(flowroom, join);
  // What is fetched ahead of its use comes one after the other: none after this one.
  await ada.page.route(/\/Outline-/, () => undefined);
  const came = ada.page.waitForResponse(/\/align-/);
  await ada.page.reload();
  await ada.ready();
  await ada.canvas.hover({ position: { x: 30, y: 30 } });
  await came;
});

test("a title that is too long for its card is read whole by whoever points at it, or comes to it by keyboard", async ({ flowroom, join }) => {
  const name = "Fetch everything that was ordered since yesterday and has not left the house yet";
  const { id } = await flowroom.api<{ id: string }>("POST", "/graphs", { title: "Long", graph: { nodes: { Long: { ...step("Long", 0, 0), name }, Short: step("Short", 600, 0) } } });
  const ada = await new Editor(await join("Ada", `/graphs/${id}`)).ready();
  const title = (name: string) => ada.node(name).getByText(name, { exact: true }).first();
  const isCut = () => title(name).evaluate((element) => element.scrollWidth > element.clientWidth);
  await title(name).hover();
  await expect(title(name)).toHaveAttribute("title", name);
  await title("Short").hover();
  await expect(title("Short")).toHaveAttribute("title", "");
  expect(await isCut()).toBe(true);
  await ada.canvas.focus();
  await ada.page.keyboard.press("Tab");
  await expect(ada.node(name)).toBeFocused();
  expect(await isCut()).toBe(false);
});

test("a label that is longer than its edge begins in sight between the cards, and is read whole at the edge", async ({ flowroom, join }) => {
  const graph = {
    nodes: { One: step("One", 0, 0), Two: step("Two", 340, 0) },
    edges: { a: { id: "a", source: "One", sourcePort: "output", target: "Two", targetPort: "input", condition: "value.total > 100" } },
  };
  const { id } = await flowroom.api<{ id: string }>("POST", "/graphs", { title: "Label", graph });
  const ada = await new Editor(await join("Ada", `/graphs/${id}`)).ready();
  const label = await ada.canvas.getByText("if value.total > 100").last().boundingBox();
  const [one, two] = [await ada.node("One").boundingBox(), await ada.node("Two").boundingBox()];
  if (!label || !one || !two) throw new Error("the edge is not to be seen");
  expect(label.x).toBeGreaterThan(one.x + one.width);
  expect(label.x + label.width).toBeLessThan(two.x);
  await expect(ada.edges().first().locator(":scope > title")).toHaveText("if value.total > 100");
});
