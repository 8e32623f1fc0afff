// Who did what when, in the editor. WEB-25 of docs/spec.md.

import { violations } from "./axe";
import { Editor, middle } from "./editor";
import { expect, test } from "./flowroom";

const graph = {
  nodes: {
    a: { id: "a", type: "Template", name: "Greeting", pos: [0, 0], params: { template: "Hello" } },
    b: { id: "b", type: "Log", name: "Seen", pos: [400, 0], params: {} },
  },
  edges: {},
};

test("what Ada does stands in Bob's list and leads to the node", async ({ flowroom, join }) => {
  const { id } = await flowroom.api<{ id: string }>("POST", "/graphs", { title: "Looked back on", graph });
  const ada = await new Editor(await join("Ada", `/graphs/${id}`)).ready();
  await ada.select("Greeting");
  await ada.rename("Welcome");
  const [x, y] = await middle(ada.node("Seen").getByText("Seen", { exact: true }).first());
  await ada.page.mouse.move(x, y);
  await ada.page.mouse.down();
  await ada.page.mouse.move(x, y + 80, { steps: 4 });
  await ada.page.mouse.up();
  await ada.saved();

  const bob = await new Editor(await join("Bob", `/graphs/${id}`)).ready();
  await bob.page.getByRole("tab", { name: "Activity" }).click();
  const list = bob.page.getByRole("region", { name: "Activity" });
  await expect(list.getByRole("button", { name: /Moved Seen/ })).toBeVisible();
  await list.getByRole("button", { name: /Renamed Greeting.*to Welcome/ }).click();
  await expect(list.getByRole("button", { name: "Only Welcome" })).toBeVisible();
  expect(await violations(bob.page)).toEqual([]);

  await list.getByRole("button", { name: "Only Welcome" }).click();
  await expect(list.getByRole("button", { name: /Moved Seen/ })).toHaveCount(0);
  await expect(list.getByRole("button", { name: /Renamed Greeting/ })).toBeVisible();
});
