// An empty graph says how to begin, and what it says works.

import { Editor } from "./editor";
import { expect, test, type Flowroom } from "./flowroom";

const emptyGraph = async (flowroom: Flowroom) => (await flowroom.api<{ id: string }>("POST", "/graphs", { title: "Empty" })).id;

test("a chat with a model is one click, for both, and answers", async ({ flowroom, join }) => {
  test.setTimeout(120_000);
  const id = await emptyGraph(flowroom);
  const ada = await new Editor(await join("Ada", `/graphs/${id}`)).ready();
  const bob = await new Editor(await join("Bob", `/graphs/${id}`)).ready();

  await ada.page.getByRole("button", { name: "Add a chat with a model" }).click();

  for (const person of [ada, bob]) {
    await expect(person.edges()).toHaveCount(3);
    await expect(person.page.getByRole("region", { name: "How to begin" })).toHaveCount(0);
  }
  const message = bob.page.getByRole("textbox", { name: "Message to Ask something" });
  await message.fill("Say hello.");
  await message.press("Enter");
  await expect(ada.page.getByLabel("Entries of What it said").getByRole("group")).toHaveCount(1, { timeout: 60_000 });
  await ada.page.keyboard.press("Control+z");
  await expect(bob.page.getByRole("region", { name: "How to begin" })).toBeVisible();
});

test("a double click, and one key, ask which node to put there", async ({ flowroom, join }) => {
  const ada = await new Editor(await join("Ada", `/graphs/${await emptyGraph(flowroom)}`)).ready();
  await ada.canvas.dblclick({ position: { x: 120, y: 120 } });
  await ada.page.keyboard.type("swi");
  await ada.page.keyboard.press("Enter");
  await expect(ada.node("Switch")).toBeVisible();

  await ada.page.keyboard.press("a");
  await ada.page.keyboard.type("log");
  await ada.page.keyboard.press("Enter");
  await expect(ada.node("Log")).toBeVisible();
});

test("by finger an empty graph says what a finger can do, and does it", async ({ flowroom, join }) => {
  const { id } = await flowroom.api<{ id: string }>("POST", "/graphs", { title: "By finger" });
  const page = await join("Ada", `/graphs/${id}`);
  const finger = await page.context().newCDPSession(page);
  await finger.send("Emulation.setTouchEmulationEnabled", { enabled: true });
  await finger.send("Emulation.setEmulatedMedia", { features: [{ name: "hover", value: "none" }] });
  await page.reload(); // what hands there are is asked as the page opens
  const editor = await new Editor(page).ready();
  await expect(page.getByText("Tap anywhere twice")).toBeVisible();
  await expect(page.getByRole("region", { name: "How to begin" }).locator("kbd")).toHaveCount(0);
  const box = await editor.canvas.boundingBox();
  const [x, y] = [(box?.x ?? 0) + 60, (box?.y ?? 0) + 80];
  for (let tap = 1; tap <= 2; tap++) {
    await finger.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [{ x, y }] });
    await finger.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  }
  await expect(page.getByRole("combobox", { name: "Add a node" })).toBeVisible();
});
