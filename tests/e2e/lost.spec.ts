// Lost connections and killed servers. WEB-7, WEB-8 and WEB-30 of docs/spec.md.

import { Editor } from "./editor";
import { expect, test } from "./flowroom";

test("edits made while the server is gone are kept, shown as such, and merged when it is back", async ({ flowroom, join }) => {
  const made = await flowroom.api<{ id: string }>("POST", "/graphs", { title: "Away" });
  const ada = await new Editor(await join("Ada", `/graphs/${made.id}`)).ready();
  await ada.add("Template");
  await ada.saved();

  await flowroom.stop("SIGKILL");
  await expect(ada.status).toContainText(/Offline|Connecting/);
  await ada.add("Log");
  await expect(ada.node("Log")).toBeVisible();
  await expect(ada.status).toContainText(/Offline/);
  await flowroom.start();

  await ada.saved();
  const bob = await new Editor(await join("Bob", `/graphs/${made.id}`)).ready();
  await expect(bob.node("Log")).toBeVisible();
  await expect(bob.node("Template")).toBeVisible();
});

test("an edit made offline survives closing the tab", async ({ flowroom, join }) => {
  const made = await flowroom.api<{ id: string }>("POST", "/graphs", { title: "Closed" });
  const ada = await new Editor(await join("Ada", `/graphs/${made.id}`)).ready();
  const again = await ada.page.context().newPage();
  await flowroom.stop("SIGKILL");
  await ada.add("Merge");
  await expect(ada.node("Merge")).toBeVisible();
  await expect(ada.status).toContainText(/Offline/);
  await ada.page.close();
  await flowroom.start();

  await again.goto(`${flowroom.url}/graphs/${made.id}`);
  const back = await new Editor(again).ready();
  await expect(back.node("Merge")).toBeVisible();
  await expect
    .poll(async () => (await flowroom.api<{ nodes: number }>("GET", `/graphs/${made.id}`)).nodes)
    .toBe(1);
});

test("whoever is at the list of graphs is told that the server is gone, and led on when it is back", async ({ flowroom, join }) => {
  const made = await flowroom.api<{ id: string }>("POST", "/graphs", { title: "From the list" });
  const ada = await join("Ada");
  const fetched = ada.waitForResponse(/\/Toaster-[^/]*\.js$/);
  await expect(ada.getByRole("heading", { name: "Graphs" })).toBeVisible();
  await (await fetched).finished();
  await flowroom.stop("SIGKILL");

  await ada.getByRole("button", { name: "New graph" }).click();
  await expect(ada.getByText("The server can’t be reached").first()).toBeVisible();
  await ada.getByRole("link", { name: "From the list", exact: true }).first().click();
  await expect(ada.getByRole("heading", { name: "Flowroom can’t be reached" })).toBeVisible();
  await flowroom.start();

  await new Editor(ada).ready();
  expect(ada.url()).toContain(`/graphs/${made.id}`);
});
