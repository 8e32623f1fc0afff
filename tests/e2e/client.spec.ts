// The client kit in a browser: on a page of the server itself, signed in by its cookie, as on any program's page.

import { resolve } from "node:path";
import { build, type Rollup } from "vite";
import { expect, test } from "./flowroom";

const PACKAGE = resolve(import.meta.dirname, "../../web/packages/client");

/** The built package with all it depends on, as one script that leaves it in `window.flowroom`. */
async function bundle(): Promise<string> {
  const built = (await build({
    configFile: false,
    logLevel: "warn",
    build: {
      write: false,
      lib: { entry: resolve(PACKAGE, "dist/index.js"), formats: ["iife"], name: "flowroom", fileName: "client" },
    },
  })) as Rollup.RollupOutput[];
  return built[0]?.output.find((file) => file.type === "chunk")?.code ?? "";
}

test("a page joins with its cookie, edits what others see, talks, and leaves", async ({ flowroom, join }) => {
  const ada = await join("Ada");
  await ada.evaluate(`${await bundle()}\n;window.flowroom = flowroom`);

  const seen = await ada.evaluate(async () => {
    const { connect } = (window as unknown as { flowroom: typeof import("@flowroom/client") }).flowroom;
    const workspace = connect(location.origin);
    const graph = await workspace.open(await workspace.createGraph("From a page"));
    const other = await workspace.open(graph.id);
    const changes = other.changes();
    const log = graph.addNode("Log", { name: "Drawn by a page" });
    await graph.saved();
    const change = (await changes.next()).value;
    const thread = await graph.comment(log, "Hello");
    await Promise.all([graph.leave(), other.leave()]);
    return { id: graph.id, change: change?.action, author: thread.messages[0]?.author.name, me: (await workspace.me()).name };
  });

  expect(seen).toMatchObject({ change: "added", author: "Ada", me: "Ada" });
  const nodes = async () => (await flowroom.api<{ nodes: number }>("GET", `/graphs/${seen.id}`)).nodes;
  await expect.poll(nodes).toBe(1); // lists follow a moment later
});
