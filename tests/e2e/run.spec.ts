// A run that everyone sees. WEB-9 to WEB-12 of docs/spec.md.

import { readFileSync } from "node:fs";
import { Editor } from "./editor";
import { expect, test } from "./flowroom";

test("both watch the local model's answer stream in, and a reload keeps it", async ({ flowroom, join }) => {
  test.setTimeout(120_000);
  const id = await flowroom.copyOf("Chat with a local model");
  const ada = await new Editor(await join("Ada", `/graphs/${id}`)).ready();
  const bob = await new Editor(await join("Bob", `/graphs/${id}`)).ready();
  await bob.page.evaluate(() => {
    const lengths = new Set<number>();
    Object.assign(window, { lengths });
    const card = document.querySelector('[data-testid="node-model"]');
    const note = () => lengths.add(card?.textContent?.length ?? 0);
    if (card) new MutationObserver(note).observe(card, { subtree: true, childList: true, characterData: true });
  });

  const message = ada.page.getByRole("textbox", { name: "Message to Ask something" });
  await message.fill("Name three colours and say where each is found in nature.");
  await message.press("Enter");

  const model = bob.page.getByTestId("node-model");
  await expect(model).toHaveAttribute("data-status", "running", { timeout: 30_000 });
  await expect(model).toHaveAttribute("data-status", "succeeded", { timeout: 60_000 });
  const lengths = await bob.page.evaluate(() => (window as unknown as { lengths: Set<number> }).lengths.size);
  expect(lengths, "the text grew while it was written").toBeGreaterThan(3);

  for (const person of [ada, bob]) {
    const chat = person.page.getByLabel("Messages of Ask something");
    await expect(chat).toContainText("Name three colours");
    await expect(person.page.getByTestId("node-log")).toHaveAttribute("data-status", "succeeded");
  }
  const answer = await bob.page.getByLabel("Entries of What it said").innerText();
  await bob.page.reload();
  await bob.ready();
  await expect(bob.page.getByLabel("Messages of Ask something")).toContainText("Name three colours");
  await expect(bob.page.getByTestId("node-model")).toHaveAttribute("data-status", "succeeded");
  expect(answer.trim().length).toBeGreaterThan(0);
});

test("the example that fetches, routes by a condition and sums up runs to its end", async ({ flowroom, join }) => {
  test.setTimeout(120_000);
  const id = await flowroom.copyOf("Orders of the day");
  const ada = await new Editor(await join("Ada", `/graphs/${id}`)).ready();

  await ada.page.getByRole("button", { name: "Run", exact: true }).click();

  await expect(ada.page.locator('[data-status="succeeded"]').first()).toBeVisible({ timeout: 30_000 });
  await expect(ada.page.locator('[data-status="skipped"]').first()).toBeVisible({ timeout: 60_000 });
  await expect(ada.page.getByRole("button", { name: "Run", exact: true })).toBeEnabled({ timeout: 60_000 });
  await expect(ada.page.locator('[data-status="failed"]')).toHaveCount(0);

  // It opens readable, and what each node gave stands in two lines or more.
  const zoom = await ada.page.locator(".react-flow__viewport").evaluate((view) => new DOMMatrix(getComputedStyle(view).transform).a);
  expect(zoom).toBeGreaterThan(0.65);
  const heights = await ada.canvas.getByLabel("Output", { exact: true }).evaluateAll((outputs) => outputs.map((output) => output.clientHeight));
  expect(heights.length).toBeGreaterThan(4);
  expect(Math.min(...heights)).toBeGreaterThanOrEqual(48);
});

test("whoever watches a run sees its events to the last, and may read the first ones meanwhile", async ({ flowroom, join }) => {
  // Long enough to be seen by both as it goes, and more events than there is room for.
  const nodes: Record<string, object> = { w: { type: "Wait", name: "First", pos: [0, 0], params: { seconds: 4 } } };
  const edges: Record<string, object> = {};
  for (let at = 0; at < 12; at++) {
    nodes[`t${at}`] = { type: "Template", name: `Text ${at}`, pos: [400, at * 120], params: { template: "read" } };
    edges[`e${at}`] = { source: "w", target: `t${at}` };
  }
  const { id } = await flowroom.api<{ id: string }>("POST", "/graphs", { title: "Watched", graph: { nodes, edges } });
  const ada = await new Editor(await join("Ada", `/graphs/${id}`)).ready();
  const bob = await new Editor(await join("Bob", `/graphs/${id}`)).ready();
  for (const { page } of [ada, bob]) await page.getByRole("button", { name: "Runs", exact: true }).click();
  const events = ({ page }: Editor) => page.getByRole("group", { name: "Events" });

  await ada.page.getByRole("button", { name: "Run", exact: true }).click();
  for (const each of [ada, bob]) await expect(events(each).getByRole("button", { name: "First" }).first()).toBeVisible();
  await expect.poll(() => events(bob).evaluate((list) => list.scrollTop), { timeout: 30_000 }).toBeGreaterThan(60);
  await events(bob).hover();
  await bob.page.mouse.wheel(0, -2000);

  await expect(events(ada).getByText("Run succeeded")).toBeInViewport({ timeout: 60_000 });
  await expect(events(bob).getByText("Run started")).toBeInViewport();
});

test("an error stands on its node and in the events, and says what to do", async ({ flowroom, join }) => {
  const graph = {
    nodes: { h: { id: "h", type: "HTTPRequest", name: "Fetch", pos: [0, 0], params: { url: "http://10.0.0.1/" } } },
  };
  const made = await flowroom.api<{ id: string }>("POST", "/graphs", { title: "Failing", graph });
  const ada = await new Editor(await join("Ada", `/graphs/${made.id}`)).ready();

  await ada.page.getByRole("button", { name: "Run", exact: true }).click();

  await expect(ada.page.getByTestId("node-h")).toHaveAttribute("data-status", "failed", { timeout: 30_000 });
  await expect(ada.node("Fetch")).toContainText(/private|allowed|refuse/i);
});

test("of a large result all is shown when it is asked for, and may be kept as a file", async ({ flowroom, join }) => {
  const graph = {
    nodes: { t: { id: "t", type: "Template", name: "Long", pos: [0, 0], params: { template: `${"many words ".repeat(1000)}and the last` } } },
  };
  const made = await flowroom.api<{ id: string }>("POST", "/graphs", { title: "Large", graph });
  const ada = await new Editor(await join("Ada", `/graphs/${made.id}`)).ready();
  await ada.page.getByRole("button", { name: "Run", exact: true }).click();
  await expect(ada.page.getByTestId("node-t")).toHaveAttribute("data-status", "succeeded", { timeout: 30_000 });
  await ada.select("Long");
  await ada.page.getByRole("tab", { name: "Output" }).click();
  const output = ada.page.getByRole("tabpanel", { name: "Output" }).getByLabel("Output", { exact: true });
  await expect(output).not.toContainText("and the last");

  await ada.page.getByRole("button", { name: "Show all" }).click();

  await expect(output).toContainText("and the last");
  const coming = ada.page.waitForEvent("download");
  await ada.page.getByRole("link", { name: /^Download/ }).click();
  const file = await coming;
  expect(file.suggestedFilename()).toBe("Long.txt");
  expect(readFileSync(await file.path(), "utf8")).toMatch(/and the last$/);
});

test("a run that waits says until when, is there after a reload, and is cancelled", async ({ flowroom, join }) => {
  const graph = { nodes: { w: { id: "w", type: "Wait", name: "Pause", pos: [0, 0], params: { mode: "time", until: "2099-01-31" } } } };
  const made = await flowroom.api<{ id: string }>("POST", "/graphs", { title: "Patient", graph });
  const ada = await new Editor(await join("Ada", `/graphs/${made.id}`)).ready();
  const beside = ada.page.getByRole("button", { name: "Runs", exact: true });
  const place = await beside.boundingBox();
  await ada.page.getByRole("button", { name: "Run", exact: true }).click();
  await expect(ada.page.getByTestId("node-w")).toHaveAttribute("data-status", "waiting", { timeout: 30_000 });
  // A button that moves away between press and release isn't clicked.
  expect(await beside.boundingBox()).toEqual(place);

  await ada.page.reload();
  await ada.ready();
  await expect(ada.page.getByTestId("node-w")).toHaveAttribute("data-status", "waiting");
  await ada.select("Pause");
  await ada.page.getByRole("tab", { name: "Output" }).click();
  await expect(ada.page.getByRole("tabpanel", { name: "Output" })).toContainText(/Waits until .*2099/);

  await ada.page.getByRole("button", { name: /^Cancel|^Stop/ }).first().click();
  await expect(ada.page.getByTestId("node-w")).toHaveAttribute("data-status", "cancelled", { timeout: 15_000 });
});

test("whoever may run may cancel, and everyone sees it", async ({ flowroom, join }) => {
  const id = await flowroom.copyOf("Chat with a local model");
  const ada = await new Editor(await join("Ada", `/graphs/${id}`)).ready();
  const bob = await new Editor(await join("Bob", `/graphs/${id}`)).ready();
  const message = ada.page.getByRole("textbox", { name: "Message to Ask something" });
  await message.fill("Write a very long story about a river.");
  await message.press("Enter");
  await expect(bob.page.getByTestId("node-model")).toHaveAttribute("data-status", "running", { timeout: 30_000 });

  await bob.page.getByRole("button", { name: /^Cancel|^Stop/ }).first().click();

  await expect(ada.page.getByTestId("node-model")).toHaveAttribute("data-status", "cancelled", { timeout: 15_000 });
});

test("a Phase 1 workspace is imported from the page, and runs", async ({ flowroom, join }) => {
  const ada = await join("Ada");
  const position = { x: 0, y: 0 };
  const file = zip({
    "pipeline/nodes/ChatNode-a.json": {
      id: "ChatNode-a", type: "ChatNode", name: "Ask", props: { history: [] }, position,
      edges: { out: [{ id: "e_1", targetId: "LLM-b", kind: "flow" }] },
    },
    "pipeline/nodes/LLM-b.json": {
      id: "LLM-b", type: "LLM", name: "Model", props: { model: "gpt-4", promptTemplate: "{message}" },
      position: { x: 400, y: 0 }, edges: { out: [{ id: "e_2", targetId: "LogNode-c", kind: "flow" }] },
    },
    "pipeline/nodes/LogNode-c.json": {
      id: "LogNode-c", type: "LogNode", name: "Heard", props: { history: [] }, position: { x: 800, y: 0 }, edges: { out: [] },
    },
    "pipeline/nodes/broken.json": "{",
  });

  const chooser = ada.waitForEvent("filechooser");
  await ada.getByRole("button", { name: "Import" }).click();
  await (await chooser).setFiles({ name: "pipeline.zip", mimeType: "application/zip", buffer: file });
  const report = ada.getByRole("dialog");
  await expect(report).toContainText("pipeline");
  await expect(report).toContainText("nodes/broken.json");
  await report.getByRole("link", { name: /pipeline/ }).click();

  const editor = await new Editor(ada).ready();
  const message = ada.getByRole("textbox", { name: "Message to Ask" });
  await message.fill("hello from the first version");
  await message.press("Enter");
  await expect(ada.getByLabel("Entries of Heard")).toContainText("Assistant(gpt-4): hello from the first version");
  await expect(editor.node("Model")).toBeVisible();
  void flowroom;
});

/** A zip file without compression: enough to carry a few files. */
function zip(files: Record<string, unknown>): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const data = Buffer.from(typeof content === "string" ? content : JSON.stringify(content));
    const label = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(label.length, 22);
    parts.push(Buffer.from("PK\x03\x04", "latin1"), common, label, data);
    const entry = Buffer.alloc(16);
    entry.writeUInt32LE(offset, 12);
    directory.push(Buffer.from("PK\x01\x02\x14\x00", "latin1"), common.subarray(0, 24), Buffer.alloc(2), entry.subarray(2), label);
    offset += 4 + common.length + label.length + data.length;
  }
  const listing = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(Object.keys(files).length, 4);
  end.writeUInt16LE(Object.keys(files).length, 6);
  end.writeUInt32LE(listing.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, listing, Buffer.from("PK\x05\x06", "latin1"), end]);
}

function crc32(data: Buffer): number {
  let crc = ~0;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
