// What opening a graph costs: the JavaScript that comes before one can do anything.

import { gzipSync } from "node:zlib";
import type { Response } from "@playwright/test";
import { Editor } from "./editor";
import { expect, test } from "./flowroom";

test("a graph opens with at most 250 kB of JavaScript, and all the rest is there a moment later", async ({ flowroom, join }) => {
  const made = await flowroom.api<{ id: string }>("POST", "/graphs", { title: "Weighed" });
  const list = await join("Ada");
  await expect(list.getByRole("heading", { name: "Graphs" })).toBeVisible();
  // A page of its own: what one that is left still fetches can't be weighed.
  const page = await list.context().newPage();
  const scripts: { name: string; response: Response }[] = [];
  page.on("response", (response) => {
    const name = /\/([^/]+\.js)$/.exec(response.url())?.[1];
    if (name) scripts.push({ name, response });
  });

  await page.goto(`${flowroom.url}/graphs/${made.id}`);
  await new Editor(page).ready();
  // The first of what is fetched ahead of its use.
  await expect.poll(() => scripts.some(({ name }) => name.startsWith("Outline"))).toBe(true);

  const first = scripts.slice(0, scripts.findIndex(({ name }) => name.startsWith("Outline")));
  const weights = await Promise.all(first.map(async ({ response }) => gzipSync(await response.body()).length));
  expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeLessThan(250_000);

  await expect.poll(() => scripts.map(({ name }) => name.replace(/-.*/, ""))).toEqual(expect.arrayContaining(["Dialogs", "CodeField", "NodeInspector", "RunPanel", "Toaster", "ConfirmDialog", "ShareDialog", "Pins", "CommentsPanel", "Discussion"]));
});
