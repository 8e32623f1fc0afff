// Lost connections and killed servers. WEB-7, WEB-8, WEB-30 and WEB-36 of docs/spec.md.

import { Editor } from "./editor";
import { expect, test } from "./flowroom";

test("edits made while the server is gone are kept, shown as such, and merged when it is back", async ({ flowroom, join }) => {
  const made = await flowroom.api<{ id: string }>("POST", "/graphs", { title: "Away" });
  const ada = await new Editor(await join("Ada", `/graphs/${made.id}`)).ready();
  await ada.add("Template");
  await ada.saved();
  const announcer = ada.page.getByTestId("announcer");
  await expect(announcer).toBeAttached();

  await flowroom.stop("SIGKILL");
  await expect(ada.status).toContainText(/Offline|Connecting/);
  await ada.add("Log");
  await expect(ada.node("Log")).toBeVisible();
  await expect(ada.status).toContainText(/Offline/);
  await expect(announcer).toHaveText("Offline: your edits are kept in this browser.");
  await flowroom.start();

  await ada.saved();
  await expect(announcer).toHaveText("Connected again.");
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

test("WEB-30: while the first script is on its way one reads so, in the colours of one's system", async ({ flowroom, join }) => {
  const page = await join("Ada", "/", "dark");
  await page.route("**/*.js", () => undefined);
  await page.goto(flowroom.url, { waitUntil: "commit" });
  await expect(page.getByText("Opening Flowroom")).toBeVisible();
  await expect(page.locator("body")).toHaveCSS("background-color", "rgb(18, 18, 23)"); // nothing is painted before its style is there
});

test("whoever is at the list of graphs is told that the server is gone, and led on when it is back", async ({ flowroom, join }) => {
  const made = await flowroom.api<{ id: string }>("POST", "/graphs", { title: "From the list" });
  const ada = await join("Ada");
  const fetched = ada.waitForResponse(/\/Toaster-[^/]*\.js$/);
  const link = ada.getByRole("link", { name: "From the list", exact: true }).first();
  await expect(link).toBeVisible();
  await (await fetched).finished();
  await flowroom.stop("SIGKILL");

  await ada.getByRole("button", { name: "New graph" }).click();
  await expect(ada.getByText("The server can’t be reached").first()).toBeVisible();
  await link.click();
  await expect(ada.getByRole("heading", { name: "Flowroom can’t be reached" })).toBeVisible();
  await flowroom.start();

  await new Editor(ada).ready();
  expect(ada.url()).toContain(`/graphs/${made.id}`);
});

test("WEB-30: whoever was at the list while Flowroom was updated is told to reload, and is then where they went", async ({ flowroom, join }) => {
  await flowroom.api<{ id: string }>("POST", "/graphs", { title: "Before the update" });
  const ada = await join("Ada");
  await expect(ada.getByRole("heading", { name: "Graphs" })).toBeVisible();
  const page = (await (await ada.request.get(flowroom.url)).text()).replace(/\/assets\/index-[^"]+\.js/, "/assets/index-another.js");
  await ada.route("**/assets/EditorPage-*.js", (route) => route.fulfill({ status: 404 }));
  await ada.route(`${flowroom.url}/`, (route) => route.fulfill({ body: page, contentType: "text/html" }));

  await ada.getByRole("link", { name: "Before the update", exact: true }).first().click();
  await expect(ada.getByRole("heading", { name: "Flowroom was updated" })).toBeVisible();
  await ada.unrouteAll();
  await ada.getByRole("button", { name: "Reload" }).click();
  await new Editor(ada).ready();
});

test("WEB-30: a tab whose content can't be fetched says so, and has it when it can", async ({ flowroom, join }) => {
  const made = await flowroom.api<{ id: string }>("POST", "/graphs", { title: "A tab" });
  const ada = await join("Ada");
  await ada.route("**/assets/ActivityPanel-*.js", (route) => route.abort());
  await ada.goto(`${flowroom.url}/graphs/${made.id}`);
  await new Editor(ada).ready();

  await ada.getByRole("tab", { name: "Activity" }).click();
  await expect(ada.getByRole("tabpanel", { name: "Activity" })).toContainText(/can’t be reached|doesn’t give this part/);
  await ada.unrouteAll();
  await expect(ada.getByRole("tabpanel", { name: "Activity" })).toContainText("created the graph", { ignoreCase: true });
});
