// Keeping a moment, comparing with it and going back to it. WEB-31 and WEB-45 of docs/spec.md.

import { violations } from "./axe";
import { Editor } from "./editor";
import { expect, test } from "./flowroom";

const graph = {
  nodes: {
    a: { id: "a", type: "Template", name: "Greeting", pos: [0, 0], params: { template: "Hello" } },
    b: { id: "b", type: "Log", name: "Seen", pos: [400, 0], params: {} },
  },
  edges: { e: { id: "e", source: "a", target: "b" } },
};

test("Ada goes back to what she kept, Bob sees it and is told, and Undo takes it back", async ({ flowroom, join }) => {
  const { id } = await flowroom.api<{ id: string }>("POST", "/graphs", { title: "Looked back on", graph });
  const ada = await new Editor(await join("Ada", `/graphs/${id}`)).ready();
  const bob = await new Editor(await join("Bob", `/graphs/${id}`)).ready();
  const dialog = ada.page.getByRole("dialog", { name: "Versions" });
  const open = async () => {
    await ada.page.getByRole("button", { name: "More", exact: true }).click();
    await ada.page.getByRole("menuitem", { name: "Versions" }).click();
    await expect(dialog).toBeVisible();
  };

  await open();
  await expect(dialog.getByText("No versions yet")).toBeVisible();
  expect(await violations(ada.page)).toEqual([]);
  await dialog.getByRole("textbox", { name: "Name of this moment" }).fill("Before the change");
  await ada.page.keyboard.press("Enter");
  await expect(dialog.getByText("The graph is as it was then.")).toBeVisible();
  await expect(dialog.getByRole("button", { name: "Go back to this" })).toBeDisabled();
  await ada.page.keyboard.press("Escape");

  await bob.select("Greeting");
  await bob.rename("Welcome");
  await bob.select("Seen");
  await bob.page.keyboard.press("Delete");
  await expect(bob.node("Seen")).toHaveCount(0);
  await bob.saved();

  await open();
  const changes = dialog.getByRole("region", { name: "What going back would do" });
  await expect(changes.getByText("Seen comes back")).toBeVisible();
  await expect(changes.getByText("Name: Welcome → Greeting")).toBeVisible();
  expect(await violations(ada.page)).toEqual([]);

  await dialog.getByRole("textbox", { name: "Name of this moment" }).fill("After the change");
  await ada.page.keyboard.press("Enter");
  await expect(dialog.getByText("The graph is as it was then.")).toBeVisible();
  await dialog.getByRole("combobox", { name: "Compare with" }).click();
  await ada.page.getByRole("option", { name: "Before the change" }).click();
  const between = dialog.getByRole("region", { name: "What changed from Before the change to After the change" });
  await expect(between.getByText("Seen was removed")).toBeVisible();
  await expect(between.getByText("Name: Greeting → Welcome")).toBeVisible();
  expect(await violations(ada.page)).toEqual([]);

  await dialog.getByRole("button", { name: /^Before the change/ }).click();
  await dialog.getByRole("button", { name: "Go back to this" }).click();
  await expect(dialog).toHaveCount(0);
  for (const editor of [ada, bob]) {
    await expect(editor.node("Greeting")).toBeVisible();
    await expect(editor.node("Seen")).toBeVisible();
    await expect(editor.edges()).toHaveCount(1);
  }
  const told = bob.page.locator('[aria-live="polite"]').getByText("Ada went back to “Before the change”");
  await expect(told).toBeVisible();
  await expect(ada.page.getByText(/went back to/)).toHaveCount(0);
  expect(await violations(bob.page)).toEqual([]);
  await bob.page.getByRole("region", { name: /Notifications/ }).getByRole("button", { name: "Versions" }).click();
  const theirs = bob.page.getByRole("dialog", { name: "Versions" });
  await expect(theirs.getByRole("button", { name: /^Before going back to Before the change/ })).toHaveAttribute("aria-pressed", "true");
  await bob.page.keyboard.press("Escape");

  await ada.page.keyboard.press("Control+z");
  await expect(bob.node("Welcome")).toBeVisible();
  await expect(bob.node("Seen")).toHaveCount(0);
  await open();
  await expect(dialog.getByRole("button", { name: /^Before going back to Before the change/ })).toBeVisible();
});

test("whose graph is restored is told, and finds what it was and what only they had among the versions", async ({ flowroom, join }) => {
  const { id } = await flowroom.api<{ id: string }>("POST", "/graphs", { title: "Taken back", graph });
  const { points } = await flowroom.api<{ points: { seq: number }[] }>("GET", `/graphs/${id}/quarantine`);
  const ada = await new Editor(await join("Ada", `/graphs/${id}`)).ready();
  await ada.select("Greeting");
  await ada.rename("Welcome");
  await ada.saved();
  const page = await join("Bob", `/graphs/${id}`);
  const bob = await new Editor(page).ready();
  await bob.select("Seen");
  await expect(bob.inspector.getByRole("textbox", { name: "Name" })).toBeVisible();
  await flowroom.stop("SIGKILL");
  await bob.rename("Seen by Bob alone");
  await expect(bob.node("Seen by Bob alone")).toBeVisible();
  await expect(bob.status).toContainText(/Offline/);
  await page.close();
  await flowroom.start();
  await ada.saved();

  await flowroom.api("POST", `/graphs/${id}/restore`, { seq: points[0]?.seq });
  await expect(ada.page.getByText("This graph was taken back to an earlier state")).toBeVisible();
  await expect(ada.node("Greeting")).toBeVisible();
  const back = await page.context().newPage();
  await back.goto(`${flowroom.url}/graphs/${id}`);
  const returned = await new Editor(back).ready();
  await expect(returned.node("Greeting")).toBeVisible();
  await expect(back.getByText("What it was, and what only you had, is kept")).toBeVisible();

  await back.getByRole("button", { name: "More", exact: true }).click();
  await back.getByRole("menuitem", { name: "Versions" }).click();
  const dialog = back.getByRole("dialog", { name: "Versions" });
  await dialog.getByRole("button", { name: /^Before the restore/ }).click();
  await expect(dialog.getByText("Name: Greeting → Welcome")).toBeVisible();
  await dialog.getByRole("button", { name: /^Copy of Bob.*own copy/ }).click();
  await expect(dialog.getByText("Name: Seen → Seen by Bob alone")).toBeVisible();
  await dialog.getByRole("button", { name: "Go back to this" }).click();
  await expect(ada.node("Seen by Bob alone")).toBeVisible();
  await expect(ada.node("Welcome")).toBeVisible();
});
