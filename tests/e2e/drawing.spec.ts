// What axe finds while one draws: beginning, what comes next, groups, menus, help, and the page of a viewer.

import { violations } from "./axe";
import { Editor } from "./editor";
import { expect, test } from "./flowroom";

test("axe finds nothing while one draws", async ({ flowroom, join, browser }) => {
  test.setTimeout(120_000);
  const { id } = await flowroom.api<{ id: string }>("POST", "/graphs", { title: "Drawn" });
  const ada = await new Editor(await join("Ada", `/graphs/${id}`)).ready();
  const keys = ada.page.keyboard;
  const clean = async () => {
    expect(await violations(ada.page)).toEqual([]);
  };
  await clean();

  await ada.page.getByRole("button", { name: "Add a chat with a model" }).click();
  await expect(ada.edges()).toHaveCount(3);
  await ada.select("What it said");
  await keys.press("c");
  await expect(ada.page.getByRole("dialog", { name: "What comes next" })).toBeVisible();
  await clean();
  await keys.press("Escape");

  await ada.select("Model");
  await keys.press("F2");
  await expect(ada.page.getByRole("textbox", { name: "Name of Model" })).toBeFocused();
  await clean();
  await keys.press("Escape");
  await keys.press("Control+g");
  await expect(ada.inspector.getByRole("textbox", { name: "Input 1" })).toBeVisible();
  await clean();

  await ada.page.getByRole("button", { name: "More" }).click();
  await expect(ada.page.getByRole("menu")).toBeVisible();
  await clean();
  await keys.press("Escape");
  await ada.canvas.click({ button: "right", position: { x: 30, y: 30 } });
  await expect(ada.page.getByRole("menu")).toBeVisible();
  await clean();
  await keys.press("Escape");

  await keys.press("?");
  await expect(ada.page.getByRole("dialog", { name: "Shortcuts" })).toBeVisible();
  await clean();

  const { token } = await flowroom.api<{ token: string }>("POST", "/tokens", { name: "Guest", role: "viewer", kind: "person" });
  const context = await browser.newContext();
  const guest = await context.newPage();
  await guest.goto(`${flowroom.url}/?token=${token}`);
  await expect(guest.getByText("You can look, not edit")).toBeVisible();
  expect(await violations(guest)).toEqual([]);
  await guest.goto(`${flowroom.url}/graphs/${id}`);
  await expect(new Editor(guest).status).toHaveText("You can look, not edit");
  await new Editor(guest).select("What it said");
  await expect(guest.getByRole("tab", { name: "Settings", exact: true })).toBeVisible();
  expect(await violations(guest)).toEqual([]);
  await context.close();
});
