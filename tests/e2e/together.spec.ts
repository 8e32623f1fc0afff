// Two people in one graph. WEB-1 to WEB-6 of docs/spec.md.

import { Editor, middle } from "./editor";
import { expect, test, type Flowroom, type Join } from "./flowroom";

const graph = {
  nodes: {
    a: { id: "a", type: "Template", name: "Greeting", pos: [0, 0], params: { template: "Hello" } },
    b: { id: "b", type: "Log", name: "Seen", pos: [400, 0], params: {} },
  },
  edges: { e: { id: "e", source: "a", sourcePort: "output", target: "b", targetPort: "input" } },
};

async function together(flowroom: Flowroom, join: Join): Promise<[Editor, Editor]> {
  const made = await flowroom.api<{ id: string }>("POST", "/graphs", { title: "Together", graph });
  const open = async (name: string) => new Editor(await join(name, `/graphs/${made.id}`)).ready();
  const [ada, bob] = [await open("Ada"), await open("Bob")];
  await expect(ada.page.getByRole("list", { name: "People here" }).getByRole("listitem")).toHaveCount(1);
  return [ada, bob];
}

test("each sees the other's cursor where it is on the canvas", async ({ flowroom, join }) => {
  const [ada, bob] = await together(flowroom, join);
  const there = await middle(ada.node("Seen"));

  await ada.page.mouse.move(there[0] - 40, there[1], { steps: 3 });
  await ada.page.mouse.move(...there, { steps: 5 });

  const cursor = bob.page.getByTestId("cursor-Ada");
  await expect(cursor).toBeVisible();
  const seen = await middle(bob.node("Seen"));
  await expect
    .poll(async () => {
      const box = await cursor.boundingBox();
      return box ? Math.hypot(box.x - seen[0], box.y - seen[1]) : Infinity;
    })
    .toBeLessThan(12);
});

test("a drag is seen while it goes on, and its drop is kept", async ({ flowroom, join }) => {
  const [ada, bob] = await together(flowroom, join);
  const before = await bob.offset("Seen", "Greeting");
  const grip = await middle(ada.node("Seen").getByText("Seen", { exact: true }).first());

  await ada.page.mouse.move(...grip);
  await ada.page.mouse.down();
  await ada.page.mouse.move(grip[0] + 40, grip[1] + 60, { steps: 6 });
  await ada.page.mouse.move(grip[0] + 80, grip[1] + 120, { steps: 6 });
  await expect.poll(async () => (await bob.offset("Seen", "Greeting"))[1]).toBeGreaterThan(before[1] + 60);
  await ada.page.mouse.up();

  await ada.saved();
  await expect.poll(() => bob.offset("Seen", "Greeting")).toEqual(await ada.offset("Seen", "Greeting"));
  await bob.page.reload();
  await bob.ready();
  expect(await bob.offset("Seen", "Greeting")).toEqual(await ada.offset("Seen", "Greeting"));
});

test("two people type into one field at once and both texts stand", async ({ flowroom, join }) => {
  const [ada, bob] = await together(flowroom, join);
  const fields = [];
  for (const person of [ada, bob]) {
    await person.select("Greeting");
    const field = person.inspector.getByRole("textbox", { name: /^Template/ });
    await expect(field).toContainText("Hello");
    fields.push(field);
  }
  const [adas, bobs] = fields as [(typeof fields)[0], (typeof fields)[0]];

  await adas.click();
  await ada.page.keyboard.press("Control+End");
  await bobs.click();
  await bob.page.keyboard.press("Control+Home");
  await Promise.all([
    ada.page.keyboard.type(" world, says Ada", { delay: 15 }),
    bob.page.keyboard.type("Bob writes: ", { delay: 15 }),
  ]);

  // Between the words stands the name at the other's caret.
  await expect(adas).toHaveText(/^Bob writes: \W?Bob\W?Hello world, says Ada$/);
  await expect(bobs).toHaveText(/^Bob writes: Hello world, says Ada\W?Ada\W?$/);
});

test("what one adds, connects and deletes the other sees; undo takes back one's own only", async ({ flowroom, join }) => {
  const [ada, bob] = await together(flowroom, join);

  await ada.add("Merge");
  await expect(bob.node("Merge")).toBeVisible();
  await bob.select("Greeting");
  await bob.rename("Salute");
  await expect(ada.node("Salute")).toBeVisible();

  await ada.canvas.focus();
  await ada.page.keyboard.press("Control+z");
  await expect(bob.node("Merge")).toHaveCount(0);
  await expect(ada.node("Salute")).toBeVisible();
  await ada.page.keyboard.press("Control+Shift+z");
  await expect(bob.node("Merge")).toBeVisible();

  await bob.select("Seen");
  await bob.page.keyboard.press("Delete");
  await expect(ada.node("Seen")).toHaveCount(0);
  await expect(ada.edges()).toHaveCount(0);
  await bob.page.keyboard.press("Control+z");
  await expect(ada.node("Seen")).toBeVisible();
  await expect(ada.edges()).toHaveCount(1);
});

test("a line is drawn between ports, and refused with a reason where it makes no sense", async ({ flowroom, join }) => {
  const [ada, bob] = await together(flowroom, join);
  await ada.select("Seen");
  await ada.page.keyboard.press("Delete");
  await ada.add("Log");
  await expect(ada.node("Log")).toBeVisible();

  await ada.connect("Greeting", "Text", "Log", "Entries");
  await expect(bob.edges()).toHaveCount(1);

  await ada.connect("Greeting", "Text", "Greeting", "Values");
  await expect(ada.page.getByRole("region", { name: /^Notifications/ })).toContainText(/itself|own/);
  await expect(ada.edges()).toHaveCount(1);
});

test("who comes and goes is seen at once, and one follows another", async ({ flowroom, join }) => {
  const [ada, bob] = await together(flowroom, join);
  const people = ada.page.getByRole("list", { name: "People here" });

  await people.getByRole("button", { name: /Bob/ }).click();
  await expect(ada.page.getByText(/Following Bob/)).toBeVisible();

  await bob.page.context().close();
  await expect(people.getByRole("listitem")).toHaveCount(0);
});

test("copies travel between graphs as JSON", async ({ flowroom, join }) => {
  const [ada] = await together(flowroom, join);
  const other = await flowroom.api<{ id: string }>("POST", "/graphs", { title: "Other" });
  await ada.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);

  await ada.canvas.focus();
  await ada.page.keyboard.press("Control+a");
  await ada.page.keyboard.press("Control+c");
  await ada.page.goto(`${flowroom.url}/graphs/${other.id}`);
  await ada.ready();
  await ada.canvas.focus();
  await ada.page.keyboard.press("Control+v");

  await expect(ada.node("Greeting")).toBeVisible();
  await expect(ada.node("Seen")).toBeVisible();
  await expect(ada.edges()).toHaveCount(1);
});
