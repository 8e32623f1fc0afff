// The far view, where one picture stands for all nodes: what is drawn there can be taken hold of.

import { Editor } from "./editor";
import { expect, test } from "./flowroom";

test("far away, a box selects and a drag moves what is selected, for everyone", async ({ flowroom, join }) => {
  const nodes: Record<string, unknown> = {};
  for (let i = 0; i < 100; i++) {
    const id = `n${i}`;
    nodes[id] = { id, type: "Template", name: `Step ${i}`, pos: [(i % 10) * 600, Math.floor(i / 10) * 400], params: { template: "x" } };
  }
  const made = await flowroom.api<{ id: string }>("POST", "/graphs", { title: "Far", graph: { nodes } });
  const ada = await new Editor(await join("Ada", `/graphs/${made.id}`)).ready();
  await expect(ada.canvas).toHaveAttribute("data-far", "true");
  const canvas = await ada.canvas.boundingBox();
  if (!canvas) throw new Error("the canvas is not to be seen");
  const mouse = ada.page.mouse;

  await mouse.move(canvas.x + 8, canvas.y + 8);
  await mouse.down();
  await mouse.move(canvas.x + canvas.width / 2, canvas.y + canvas.height - 20, { steps: 5 });
  await mouse.up();
  await expect(ada.inspector.getByRole("heading", { name: /^\d+ selected$/ })).toBeVisible();

  // WEB-34: a box that is given up leaves selected what was.
  const before = await ada.inspector.getByRole("heading", { name: /^\d+ selected$/ }).textContent();
  await mouse.move(canvas.x + 8, canvas.y + 8);
  await mouse.down();
  await mouse.move(canvas.x + canvas.width - 20, canvas.y + canvas.height - 20, { steps: 5 });
  await expect(ada.inspector.getByRole("heading", { name: "100 selected" })).toBeVisible();
  await ada.page.keyboard.press("Escape");
  await mouse.move(canvas.x + canvas.width - 40, canvas.y + canvas.height - 40);
  await mouse.up();
  await expect(ada.inspector.getByRole("heading", { name: before ?? "" })).toBeVisible();

  // The first node stands at the top left of the picture, which is in the middle of the canvas.
  const places = async () => (await flowroom.api<{ nodes: Record<string, { pos: [number, number] }> }>("GET", `/graphs/${made.id}/export?format=flowroom`)).nodes;
  await ada.page.keyboard.press("Escape");
  const corner = await ada.page.evaluate(() => {
    const { a, e, f } = new DOMMatrix(getComputedStyle(document.querySelector(".react-flow__viewport") ?? document.body).transform);
    return { zoom: a, x: e, y: f };
  });
  const [x, y] = [canvas.x + corner.x + 60 * corner.zoom, canvas.y + corner.y + 20 * corner.zoom];
  await mouse.move(x, y);
  await mouse.down();
  await mouse.move(x + 20, y - 30, { steps: 5 });
  await mouse.up();
  await ada.saved();
  await expect.poll(async () => (await places())["n0"]?.pos[1]).toBeLessThan(0);
  expect((await places())["n1"]?.pos).toEqual([600, 0]);

  await ada.page.keyboard.press("Control+z");
  await ada.saved();
  await expect.poll(async () => (await places())["n0"]?.pos).toEqual([0, 0]);
});
