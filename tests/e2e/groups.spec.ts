// Groups, as two people make and change them.

import { Editor, middle } from "./editor";
import { expect, test, type Flowroom } from "./flowroom";

const step = (id: string, x: number, y: number) => ({ id, type: "Template", name: id, pos: [x, y], params: { template: "x" } });

async function threeInARow(flowroom: Flowroom): Promise<string> {
  const graph = {
    nodes: { One: step("One", 0, 0), Two: step("Two", 400, 0), Three: step("Three", 800, 0), Box: { id: "Box", type: "Group", name: "Box", pos: [300, 240], size: [480, 260], params: {} } },
    edges: {
      a: { id: "a", source: "One", sourcePort: "output", target: "Two", targetPort: "input" },
      b: { id: "b", source: "Two", sourcePort: "output", target: "Three", targetPort: "input" },
    },
  };
  return (await flowroom.api<{ id: string }>("POST", "/graphs", { title: "Groups", graph })).id;
}

async function dragTo(editor: Editor, name: string, to: [number, number], whileOver?: () => Promise<void>): Promise<void> {
  const from = await middle(editor.node(name).getByText(name, { exact: true }).first());
  await editor.page.mouse.move(...from);
  await editor.page.mouse.down();
  await editor.page.mouse.move((from[0] + to[0]) / 2, (from[1] + to[1]) / 2, { steps: 4 });
  await editor.page.mouse.move(...to, { steps: 4 });
  await whileOver?.();
  await editor.page.mouse.up();
}

test("a node is dragged into a group and out again, and the other sees where it would go", async ({ flowroom, join }) => {
  const id = await threeInARow(flowroom);
  const ada = await new Editor(await join("Ada", `/graphs/${id}`)).ready();
  const bob = await new Editor(await join("Bob", `/graphs/${id}`)).ready();

  await dragTo(ada, "Two", await middle(ada.page.getByTestId("node-Box")), async () => {
    await expect(ada.page.getByTestId("node-Box")).toHaveAttribute("data-dropper", "self");
    await expect(bob.page.getByTestId("node-Box")).toHaveAttribute("data-dropper", /^#/);
  });
  await expect(bob.page.getByTestId("node-Box")).not.toHaveAttribute("data-dropper", /./);

  for (const person of [ada, bob]) {
    await expect(person.edges()).toHaveCount(4);
    await expect(person.node("output")).toBeVisible();
  }
  await ada.saved();
  const inside = await flowroom.api<{ nodes: Record<string, { parent?: string }> }>("GET", `/graphs/${id}/export?format=flowroom`);
  expect(inside.nodes["Two"]?.parent).toBe("Box");

  const free = await middle(bob.node("One"));
  await dragTo(bob, "Two", [free[0], free[1] + 330]);
  for (const person of [ada, bob]) await expect(person.edges()).toHaveCount(2);
  await expect(ada.node("output")).toHaveCount(0);

  await bob.page.keyboard.press("Control+z");
  await expect(ada.edges()).toHaveCount(4);
});

test("a group is made of a selection by keyboard, changed in the inspector, and taken apart in one step each", async ({ flowroom, join }) => {
  const id = await threeInARow(flowroom);
  const ada = await new Editor(await join("Ada", `/graphs/${id}`)).ready();
  const bob = await new Editor(await join("Bob", `/graphs/${id}`)).ready();

  await ada.select("Two");
  await ada.page.keyboard.press("Control+g");
  await expect(ada.inspector.getByRole("textbox", { name: "Input 1" })).toHaveValue("input");
  await ada.rename("Middle");
  await ada.inspector.getByRole("textbox", { name: "Output 1" }).fill("text");
  await ada.page.keyboard.press("Enter");
  await expect(bob.node("Middle").getByRole("button", { name: "Output text" })).toBeVisible();
  await expect(bob.edges()).toHaveCount(4);

  await ada.page.getByRole("button", { name: "Run", exact: true }).click();
  await expect(bob.page.getByTestId("node-Three")).toHaveAttribute("data-status", "succeeded", { timeout: 30_000 });

  await ada.select("Middle");
  await ada.page.keyboard.press("Control+Shift+g");
  await expect(bob.edges()).toHaveCount(2);
  await expect(bob.node("Middle")).toHaveCount(0);
  await ada.page.keyboard.press("Control+z");
  await expect(bob.node("Middle")).toBeVisible();
});
