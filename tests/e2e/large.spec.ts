// A thousand nodes: what is drawn is counted, not timed. WEB-14 of docs/spec.md.

import { Editor } from "./editor";
import { expect, test } from "./flowroom";

test("a thousand nodes open, only those in view are elements, and far away they are one picture", async ({ flowroom, join }) => {
  const nodes: Record<string, unknown> = {};
  const edges: Record<string, unknown> = {};
  for (let i = 0; i < 1000; i++) {
    const id = `n${i}`;
    nodes[id] = { id, type: "Template", name: `Step ${i}`, pos: [(i % 40) * 340, Math.floor(i / 40) * 220], params: { template: "x" } };
    if (i % 40) edges[`e${i}`] = { id: `e${i}`, source: `n${i - 1}`, sourcePort: "output", target: id, targetPort: "input" };
  }
  const made = await flowroom.api<{ id: string }>("POST", "/graphs", { title: "Large", graph: { nodes, edges } });

  const editor = await new Editor(await join("Ada", `/graphs/${made.id}`)).ready();

  await expect(editor.canvas).toHaveAttribute("data-far", "true");
  await expect.poll(() => editor.page.locator(".react-flow__node").count()).toBeLessThan(20);
  await editor.canvas.focus();
  await editor.page.mouse.move(700, 450);
  await editor.page.keyboard.down("Control");
  for (let i = 0; i < 12; i++) await editor.page.mouse.wheel(0, -200);
  await editor.page.keyboard.up("Control");
  await expect(editor.canvas).not.toHaveAttribute("data-far", "true");
  await expect.poll(() => editor.page.locator(".react-flow__node").count()).toBeGreaterThan(0);
  expect(await editor.page.locator(".react-flow__node").count()).toBeLessThan(120);
});
