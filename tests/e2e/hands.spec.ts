// Hands as they are used in other editors: copies by Alt, one axis by Shift, Escape, the right button, a finger. WEB-32 of docs/spec.md.

import { Editor, middle } from "./editor";
import { expect, test, type Flowroom, type Page } from "./flowroom";

interface Placed {
  id: string;
  name: string;
  pos: [number, number];
  parent?: string | null;
}

const step = (id: string, x: number, y: number, more = {}) => ({ id, type: "Template", name: id, pos: [x, y], params: { template: "x" }, ...more });

async function begin(flowroom: Flowroom, join: (name: string, path: string) => Promise<Page>): Promise<{ ada: Editor; nodes: () => Promise<Placed[]> }> {
  const graph = {
    nodes: {
      One: step("One", 0, 0),
      Two: step("Two", 400, 0),
      Box: { id: "Box", type: "Group", name: "Box", pos: [0, 320], size: [480, 260], params: {} },
      Inner: step("Inner", 40, 80, { parent: "Box" }),
    },
    edges: { a: { id: "a", source: "One", sourcePort: "output", target: "Two", targetPort: "input" } },
  };
  const { id } = await flowroom.api<{ id: string }>("POST", "/graphs", { title: "Hands", graph });
  const ada = await new Editor(await join("Ada", `/graphs/${id}`)).ready();
  const nodes = async () => {
    await ada.saved();
    return Object.values((await flowroom.api<{ nodes: Record<string, Placed> }>("GET", `/graphs/${id}/export?format=flowroom`)).nodes);
  };
  return { ada, nodes };
}

test("a drag with Alt drops a copy and leaves the node and its edges, as one step", async ({ flowroom, join }) => {
  const { ada, nodes } = await begin(flowroom, join);
  await ada.page.keyboard.down("Alt");
  await ada.pull("Two", 0, 150);
  await ada.page.mouse.up();
  await ada.page.keyboard.up("Alt");

  await expect.poll(async () => (await nodes()).length).toBe(5);
  const [two, copy] = (await nodes()).filter(({ name }) => name === "Two").sort((a, b) => a.pos[1] - b.pos[1]);
  expect(two).toMatchObject({ id: "Two", pos: [400, 0] });
  expect(copy?.pos[0]).toBe(400);
  await expect(ada.edges()).toHaveCount(1);
  await ada.page.keyboard.press("Control+z");
  await expect.poll(async () => (await nodes()).length).toBe(4);
});

test("a drag with Shift keeps to one axis, and Escape gives a drag up", async ({ flowroom, join }) => {
  const { ada, nodes } = await begin(flowroom, join);
  const two = async () => (await nodes()).find(({ id }) => id === "Two")?.pos;
  await ada.pull("Two", 100, 30);
  await ada.page.keyboard.down("Shift");
  await ada.page.mouse.move(...(await middle(ada.canvas)));
  await ada.page.keyboard.up("Shift");
  await ada.page.keyboard.press("Escape");
  await ada.page.mouse.move(600, 600, { steps: 3 });
  await ada.page.mouse.up();
  await expect(ada.page.getByRole("button", { name: "Undo" })).toBeDisabled();
  await expect(ada.inspector.getByRole("textbox", { name: "Name" })).toHaveValue("Two"); // still selected
  expect(await two()).toEqual([400, 0]);

  await ada.pull("Two", 100, 30);
  await ada.page.keyboard.down("Shift");
  await ada.page.mouse.move(...(await middle(ada.node("Two"))), { steps: 2 });
  const [x, y] = await middle(ada.node("Two"));
  await ada.page.mouse.move(x + 120, y + 40, { steps: 3 });
  await ada.page.mouse.up();
  await ada.page.keyboard.up("Shift");
  await expect.poll(async () => (await two())?.[0]).toBeGreaterThan(400);
  expect((await two())?.[1]).toBe(0);
});

test("a copy of what lies in a group lies in the group, and the menu pastes and adds where it was opened", async ({ flowroom, join }) => {
  const { ada, nodes } = await begin(flowroom, join);
  await ada.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await ada.select("Inner");
  await ada.page.keyboard.press("Control+d");
  await expect.poll(async () => (await nodes()).filter(({ parent }) => parent === "Box").map(({ pos }) => pos)).toContainEqual([64, 104]);

  await ada.select("One");
  await ada.page.keyboard.press("Control+c");
  const box = await ada.page.getByTestId("node-Box").boundingBox();
  if (!box) throw new Error("the group is not to be seen");
  const [x, y] = [box.x + box.width * 0.7, box.y + box.height - 40];
  await ada.page.mouse.click(x, y, { button: "right" });
  await ada.page.getByRole("menuitem", { name: "Paste" }).click();
  await expect.poll(async () => (await nodes()).filter(({ name, parent }) => name === "One" && parent === "Box").length).toBe(1);
  const pasted = await ada.node("One").last().boundingBox();
  expect(Math.abs((pasted?.x ?? 0) - x)).toBeLessThan(12);

  const canvas = await ada.canvas.boundingBox();
  if (!canvas) throw new Error("the canvas is not to be seen");
  const open: [number, number] = [canvas.x + canvas.width - 200, canvas.y + 120];
  await ada.page.mouse.click(...open, { button: "right" });
  await ada.page.getByRole("menuitem", { name: "Add a node" }).click();
  await ada.page.keyboard.type("log");
  await ada.page.keyboard.press("Enter");
  const [left, top] = await middle(ada.node("Log"));
  expect(Math.hypot(left - open[0], top - open[1])).toBeLessThan(40);
});

test("the zoom of 100 % is one key away", async ({ flowroom, join }) => {
  const { ada } = await begin(flowroom, join);
  const zoom = ada.page.getByRole("group", { name: "Zoom" }).getByRole("status");
  for (const keys of ["Shift+Digit0", "Control+Digit0"]) {
    await ada.canvas.focus();
    await ada.page.keyboard.press("Control+-");
    await expect(zoom).not.toHaveText("100%");
    await ada.page.keyboard.press(keys);
    await expect(zoom).toHaveText("100%");
  }
});

test("the right button on an edge is about that edge", async ({ flowroom, join }) => {
  const { ada } = await begin(flowroom, join);
  await ada.page.mouse.click(...(await middle(ada.edges().first())), { button: "right" });
  await ada.page.getByRole("menuitem", { name: "Delete" }).click();
  await expect(ada.edges()).toHaveCount(0);
});

test("a finger draws an edge into the open and drags a node into a group", async ({ flowroom, join }) => {
  const { ada, nodes } = await begin(flowroom, join);
  const finger = await ada.page.context().newCDPSession(ada.page);
  await finger.send("Emulation.setTouchEmulationEnabled", { enabled: true });
  await ada.page.reload(); // what hands there are is asked as the page opens
  await ada.ready();
  const swipe = async (from: [number, number], to: [number, number]) => {
    const touch = (type: "touchStart" | "touchMove" | "touchEnd", points: { x: number; y: number }[]) => finger.send("Input.dispatchTouchEvent", { type, touchPoints: points });
    await touch("touchStart", [{ x: from[0], y: from[1] }]);
    for (let at = 1; at <= 8; at++) await touch("touchMove", [{ x: from[0] + ((to[0] - from[0]) * at) / 8, y: from[1] + ((to[1] - from[1]) * at) / 8 }]);
    await touch("touchEnd", []);
  };
  const port = await middle(ada.node("Two").getByRole("button", { name: "Output Text" }));
  await swipe(port, [port[0] + 60, port[1] + 60]);
  await expect(ada.page.getByRole("dialog", { name: "What comes next" })).toBeVisible();
  await ada.page.keyboard.press("Escape");

  await swipe(await middle(ada.node("Two").getByText("Two", { exact: true }).first()), await middle(ada.page.getByTestId("node-Box")));
  await expect.poll(async () => (await nodes()).find(({ id }) => id === "Two")?.parent).toBe("Box");
});
