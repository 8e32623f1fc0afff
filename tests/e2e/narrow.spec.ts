// The editor on small screens and between open panels: links to graphs are made to be opened on phones.

import { violations } from "./axe";
import { Editor } from "./editor";
import { expect, type Page, test } from "./flowroom";

for (const [width, height] of [[320, 640], [390, 844], [800, 700], [1024, 768]] as const) {
  test(`the top bar fits into ${width} px while another person is here`, async ({ flowroom, join }) => {
    const id = await flowroom.copyOf("Orders of the day");
    await join("Bo", `/graphs/${id}`);
    const page = await join("Ada", `/graphs/${id}`);
    await page.setViewportSize({ width, height });
    await page.reload(); // which panels are open is decided as the page opens
    await new Editor(page).ready();
    const bar = page.getByRole("banner");

    await expect(bar.getByRole("listitem")).toHaveCount(1);
    await expectApart(page);
    for (const name of ["Share", "Run", "More"]) await bar.getByRole("button", { name, exact: true }).click({ trial: true });
    expect(await violations(page)).toEqual([]);

    await bar.getByRole("button", { name: "More" }).click();
    await expect(page.getByRole("menuitem", { name: "Show or hide the right panel" })).toHaveCount(width > 1000 ? 0 : 1);
    expect(await violations(page)).toEqual([]);
  });
}

/** Everything in the bar lies in the window, and nothing of it over anything else. */
async function expectApart(page: Page): Promise<void> {
  const wrong = await page.getByRole("banner").evaluate((bar) => {
    const elements = [...bar.querySelectorAll("a, button, input")];
    const boxes = elements.map((element) => element.getBoundingClientRect());
    return elements.filter((_, at) => {
      const { left = 0, right = 0, width = 0 } = boxes[at] ?? {};
      return width < 20 || left < (boxes[at - 1]?.right ?? 0) || right > window.innerWidth;
    }).map((element) => element.outerHTML);
  });
  expect(wrong).toEqual([]);
}

test("a run can be searched and cancelled beside the inspector, and on a phone", async ({ flowroom, join }) => {
  const page = await join("Ada", `/graphs/${await flowroom.copyOf("Orders of the day")}`);
  const runs = page.getByRole("region", { name: "Runs" });
  await new Editor(page).ready();
  await page.keyboard.press("Control+j");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect(runs.getByText("8 done")).toBeVisible({ timeout: 30_000 });

  for (const width of [1024, 390]) {
    await page.setViewportSize({ width, height: 800 });
    if (width === 390) expect((await runs.getByRole("group", { name: "Events" }).boundingBox())?.height).toBeGreaterThan(150);
    await runs.getByRole("searchbox", { name: "Search events" }).click({ trial: true });
    await runs.getByRole("combobox", { name: "Kind of events" }).click({ trial: true });
    expect(await violations(page)).toEqual([]);
  }
});

test("at 200 % the way to begin stays in sight above the runs, and what one was told fits on a phone", async ({ flowroom, join }) => {
  const { id } = await flowroom.api<{ id: string }>("POST", "/graphs", { title: "Low" });
  const page = await join("Ada", `/graphs/${id}`);
  await new Editor(page).ready();
  await page.setViewportSize({ width: 720, height: 450 });
  await page.keyboard.press("Control+j");
  await page.getByRole("button", { name: "Add a chat with a model" }).click({ trial: true });

  await page.setViewportSize({ width: 390, height: 800 });
  await page.getByRole("button", { name: "Notifications" }).click();
  const box = await page.getByRole("dialog", { name: "Notifications" }).boundingBox();
  expect([box?.x, (box?.x ?? 0) + (box?.width ?? 0)]).toEqual([8, 382]);
});

test("a window that is narrowed keeps a canvas to work on, and a phone has one thing at a time", async ({ flowroom, join }) => {
  const page = await join("Ada", `/graphs/${await flowroom.copyOf("Orders of the day")}`);
  const editor = await new Editor(page).ready();
  const [left, right, runs] = [page.getByRole("tablist", { name: "Left panel" }), page.getByRole("tablist", { name: "Right panel" }), page.getByRole("region", { name: "Runs" })];
  const fold = async (name: string) => {
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("menuitem", { name }).click();
  };
  await expect(right).toBeVisible();

  await page.setViewportSize({ width: 720, height: 844 });
  await expect(right).toBeHidden();
  await expect(left).toBeVisible();
  expect((await editor.canvas.boundingBox())?.width).toBeGreaterThan(400);
  await fold("Show or hide the right panel");
  await expect(left).toBeHidden();

  await page.setViewportSize({ width: 390, height: 844 });
  await expect(right).toBeHidden();
  await fold("Show or hide the right panel");
  const box = await page.getByRole("tabpanel").boundingBox();
  expect(box).toMatchObject({ x: 0, width: 390 });
  expect(await violations(page)).toEqual([]);
  await page.getByRole("button", { name: "Close the panel" }).click();
  await expect(right).toBeHidden();
  expect((await editor.canvas.boundingBox())?.width).toBe(390);

  await page.getByRole("button", { name: "Share" }).click();
  const [edge, link] = await Promise.all([page.getByLabel("Who may see this graph"), page.getByRole("button", { name: "Create link" })].map((each) => each.boundingBox()));
  if (!edge || !link) throw new Error("Share is not to be seen");
  expect(link.x + link.width).toBeLessThanOrEqual(edge.x + edge.width);
  await page.keyboard.press("Escape");

  await fold("Show or hide the right panel");
  await fold("Show or hide runs");
  await expect(right).toBeHidden();
  expect((await runs.boundingBox())?.width).toBe(390);
  await fold("Show or hide the outline");
  await expect(runs).toBeHidden();
  await page.getByRole("list", { name: "Nodes of this graph" }).getByRole("button").first().click();
  await expect(left).toBeHidden(); // whoever is led to a node sees it

  await page.setViewportSize({ width: 1440, height: 900 });
  for (const panel of [left, runs]) await expect(panel).toBeVisible();
});

test("WEB-20, WEB-24: long names and addresses break, and people are looked after on a phone", async ({ flowroom, join, browser }) => {
  const email = `${"very.long.address.".repeat(3)}indeed@subdomain.example.org`;
  const { url } = await flowroom.api<{ url: string }>("POST", "/invitations", { role: "admin", email });
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
  const data = { name: "W".repeat(60), password: "a mild evening in november" };
  await context.request.post(`${flowroom.url}/api/invitations/by-token/${url.split("/").at(-1)}/accept`, { data });
  const page = await context.newPage();

  for (const path of ["/account", "/people"]) {
    await page.goto(`${flowroom.url}${path}`);
    await expect(page.getByText("W".repeat(60))).toBeVisible();
    await expectInside(page);
    expect(await violations(page)).toEqual([]);
  }
  await context.close();

  const admin = await join("Root", "/people");
  await admin.setViewportSize({ width: 390, height: 844 });
  await admin.getByRole("button", { name: /^Actions for/ }).click();
  await expect(admin.getByRole("menuitem", { name: "Remove…" })).toBeVisible();

  await flowroom.api("POST", "/invitations", { role: "editor", email: `another.${email}` });
  await admin.keyboard.press("Escape");
  await admin.getByRole("tab", { name: "Invitations" }).click();
  const takeBack = await admin.getByRole("button", { name: /^Take back/ }).boundingBox();
  const card = await admin.getByRole("tabpanel").boundingBox();
  expect((takeBack?.x ?? 0) + (takeBack?.width ?? 0)).toBeLessThan((card?.x ?? 0) + (card?.width ?? 0));
});

async function expectInside(page: Page): Promise<void> {
  const out = await page.evaluate(() =>
    [...document.querySelectorAll("p, h1, h2, button, input")].filter((element) => element.getBoundingClientRect().right > window.innerWidth).map((element) => element.outerHTML),
  );
  expect(out).toEqual([]);
}
