// What people say about a graph: where it belongs, seen at once, and by whom. WEB-15 to WEB-18 of docs/spec.md.

import { violations } from "./axe";
import { Editor, isEasyToHit } from "./editor";
import { expect, test, type Flowroom, type Page } from "./flowroom";

const graph = {
  nodes: {
    a: { id: "a", type: "Template", name: "Greeting", pos: [0, 0], params: { template: "Hello" } },
    b: { id: "b", type: "Log", name: "Seen", pos: [400, 0], params: {} },
  },
  edges: { e: { id: "e", source: "a", sourcePort: "output", target: "b", targetPort: "input" } },
};

const make = async (flowroom: Flowroom) => (await flowroom.api<{ id: string }>("POST", "/graphs", { title: "Talked about", graph })).id;

/** Someone who opens a page with a token of a lesser role. */
async function guest(flowroom: Flowroom, page: Page, name: string, role: "viewer" | "commenter", path: string): Promise<Page> {
  const { token } = await flowroom.api<{ token: string }>("POST", "/tokens", { name, role, kind: "person" });
  await page.goto(`${flowroom.url}/?token=${token}`);
  await expect(page.getByRole("heading", { name: "Graphs" })).toBeVisible();
  if (path !== "/") await page.goto(`${flowroom.url}${path}`);
  return page;
}

const talk = (page: Page) => page.getByRole("dialog", { name: "Comments" });
const panel = (page: Page) => page.getByRole("region", { name: "Comments" });
const pins = (page: Page) => page.getByTestId("pins").getByRole("button");

async function comment(page: Page, text: string): Promise<void> {
  await page.getByRole("textbox", { name: "Comment" }).fill(text);
  await page.keyboard.press("Control+Enter");
  await expect(talk(page)).toContainText(text.replaceAll("*", ""));
}

test("a comment is seen at once where it belongs, answered, settled and opened again", async ({ flowroom, join, page }) => {
  const id = await make(flowroom);
  const ada = await new Editor(await join("Ada", `/graphs/${id}`)).ready();
  const cleo = await guest(flowroom, page, "Cleo", "commenter", `/graphs/${id}`);
  await expect(new Editor(cleo).canvas).toBeVisible();

  await ada.select("Greeting");
  await ada.page.keyboard.press("Shift+C");
  await comment(ada.page, "Is this **polite** enough?");
  await expect(talk(ada.page).locator("strong")).toHaveText("polite");

  const pin = pins(cleo).and(cleo.getByRole("button", { name: "Comment by Ada on Greeting, 1 message, 1 unread" }));
  await expect(pin).toBeVisible();
  await expect(cleo.getByRole("button", { name: "Comments, 1 unread" })).toBeVisible();
  await pin.click();
  await expect(talk(cleo)).toContainText("polite");
  await expect(cleo.getByRole("button", { name: "Comments", exact: true })).toBeVisible();

  await talk(cleo).getByRole("textbox", { name: "Reply" }).fill("Say *please*.");
  await cleo.keyboard.press("Control+Enter");
  await expect(talk(ada.page)).toContainText("Say please.");
  await talk(ada.page).getByRole("article", { name: /^Cleo/ }).hover();
  await talk(ada.page).getByRole("button", { name: "React" }).last().click();
  await ada.page.getByRole("button", { name: "Thumbs up" }).click();
  await expect(talk(cleo).getByRole("button", { name: "👍 1, Ada" })).toBeVisible();

  await talk(cleo).getByRole("button", { name: "Resolve" }).click();
  await expect(talk(ada.page)).toContainText("Cleo resolved this");
  await ada.page.keyboard.press("Escape");
  await expect(talk(ada.page)).toHaveCount(0);
  await expect(pins(ada.page)).toHaveCount(0);
  await ada.page.getByRole("tab", { name: /^Comments/ }).click();
  await panel(ada.page).getByRole("combobox", { name: "Which comments" }).click();
  await ada.page.getByRole("option", { name: "Resolved" }).click();
  await panel(ada.page).getByRole("list", { name: "Threads" }).getByRole("button").click();
  await panel(ada.page).getByRole("button", { name: "Reopen" }).click();
  await expect(pins(ada.page)).toHaveCount(1);
  await expect(talk(cleo).getByRole("button", { name: "Resolve" })).toBeVisible();
  await cleo.keyboard.press("Escape");
  await expect(pins(cleo)).toBeFocused();
});

test("who is mentioned is told, and led there; what was about a node outlives it; a viewer reads along", async ({ flowroom, join, page, browser }) => {
  const id = await make(flowroom);
  const cleo = await guest(flowroom, page, "Cleo", "commenter", `/graphs/${id}`);
  const ada = await new Editor(await join("Ada", `/graphs/${id}`)).ready();
  await expect(ada.page.getByRole("button", { name: "Follow Cleo" })).toBeVisible();

  await ada.select("Seen");
  await ada.node("Seen").click({ button: "right", position: { x: 20, y: 12 } });
  await ada.page.getByRole("menuitem", { name: /^Comment/ }).click();
  await ada.page.getByRole("textbox", { name: "Comment" }).pressSequentially("Who reads this, @cl");
  await expect(ada.page.getByRole("option", { name: "Cleo" })).toBeVisible();
  await ada.page.keyboard.press("Enter");
  await ada.page.keyboard.press("Control+Enter");
  await expect(talk(ada.page)).toContainText("@Cleo");
  await ada.page.keyboard.press("Escape");

  await cleo.getByRole("link", { name: "All graphs" }).click();
  await cleo.getByRole("button", { name: "Notifications, 1 unread" }).click();
  await cleo.getByRole("link", { name: /Ada mentioned you/ }).click();
  await expect(talk(cleo)).toContainText("Who reads this, @Cleo");
  await expect(cleo.getByRole("button", { name: "Notifications", exact: true })).toBeVisible();
  expect(new URL(cleo.url()).search).toBe("");

  await ada.select("Seen");
  await ada.page.keyboard.press("Delete");
  await expect(ada.node("Seen")).toHaveCount(0);
  await expect(pins(ada.page)).toHaveCount(0);
  await expect(panel(cleo).locator("s")).toHaveText("Seen");
  await ada.page.getByRole("tab", { name: /^Comments/ }).click();
  await expect(panel(ada.page).getByRole("button", { name: /Seen.*no longer there/ })).toBeVisible();

  const context = await browser.newContext();
  const vic = await guest(flowroom, await context.newPage(), "Vic", "viewer", `/graphs/${id}`);
  await vic.getByRole("button", { name: "Comments, 1 unread" }).click();
  await panel(vic).getByRole("button", { name: /Who reads this/ }).click();
  await expect(panel(vic)).toContainText("You can read, not comment");
  await expect(panel(vic).getByRole("textbox")).toHaveCount(0);
  await expect(panel(vic).getByRole("button", { name: /Resolve|React/ })).toHaveCount(0);
  await context.close();
});

test("comments at a place, a field and an event stand there, and axe finds nothing", async ({ flowroom, join }) => {
  const id = await make(flowroom);
  const ada = await new Editor(await join("Ada", `/graphs/${id}`)).ready();
  const { page } = ada;
  await page.keyboard.press("Shift+C");
  await expect(page.getByText("Click what the comment is about")).toBeVisible();
  await page.mouse.click(500, 200);
  await comment(page, "Room for a third step");
  await page.keyboard.press("Escape");
  await expect(pins(page)).toHaveCount(1);

  expect(await isEasyToHit(ada.inspector.getByRole("switch").first())).toBe(true);
  await ada.select("Greeting");
  expect(await isEasyToHit(ada.inspector.getByRole("button", { name: "Comment on Template" }))).toBe(true);
  await ada.inspector.getByRole("button", { name: "Comment on Template" }).click();
  await comment(page, "Greets whom?");
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await expect(ada.inspector.getByRole("button", { name: /^Comment by Ada on Greeting/ })).toBeFocused();
  await expect(pins(page)).toHaveCount(2);

  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.getByRole("button", { name: "Runs" }).click();
  await page.getByRole("button", { name: /^Comment on Greeting/ }).first().click();
  await comment(page, "Took long");
  await page.keyboard.press("Escape");

  await page.getByRole("tab", { name: /^Comments/ }).click();
  await expect(panel(page).getByRole("list", { name: "Threads" }).getByRole("button")).toHaveCount(3);
  expect(await violations(page)).toEqual([]);
  await panel(page).getByRole("button", { name: /Greets whom/ }).click();
  await expect(panel(page).getByRole("textbox", { name: "Reply" })).toBeVisible();
  expect(await violations(page)).toEqual([]);
});

test("a comment whose answer is lost stays in the field, and sending it again says it once", async ({ flowroom, join }) => {
  const id = await make(flowroom);
  const { page } = await new Editor(await join("Ada", `/graphs/${id}`)).ready();
  let lose = 1;
  await page.route("**/threads/*/messages", async (route) => {
    const answer = await route.fetch();
    await (lose-- > 0 ? route.abort() : route.fulfill({ response: answer }));
  });

  await page.keyboard.press("Shift+C");
  await expect(page.getByText("Click what the comment is about")).toBeVisible();
  await page.mouse.click(500, 200);
  await comment(page, "Why here?");
  const reply = talk(page).getByRole("textbox", { name: "Reply" });
  await reply.fill("Because.");
  await page.keyboard.press("Control+Enter");
  await expect(talk(page).getByRole("alert")).toBeVisible();
  await expect(reply).toHaveValue("Because.");
  await expect(talk(page).getByRole("article")).toHaveCount(2);
  await page.keyboard.press("Control+Enter");
  await expect(reply).toHaveValue("");
  await expect(talk(page).getByRole("article")).toHaveCount(2);
});

test("a comment that is given up and the share dialog after it leave the page whole, and it is gone on with", async ({ flowroom, join }) => {
  const id = await make(flowroom);
  const { page } = await new Editor(await join("Ada", `/graphs/${id}`)).ready();
  const named = page.waitForResponse(/\/api\/members/);

  await page.keyboard.press("Shift+C");
  await expect(page.getByText("Click what the comment is about")).toBeVisible();
  await page.mouse.click(500, 200);
  await expect(page.getByRole("textbox", { name: "Comment" })).toBeVisible();
  await named;
  await page.keyboard.type("Half a com");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Share" }).click();

  const dialog = page.getByRole("dialog", { name: /^Share/ });
  await expect(dialog.getByRole("searchbox", { name: "Add people" })).toBeVisible();
  await expect(dialog).not.toContainText("This part broke");

  await page.reload();
  await new Editor(page).ready();
  await page.keyboard.press("Shift+C");
  await expect(page.getByText("Click what the comment is about")).toBeVisible();
  await page.mouse.click(640, 260);
  await expect(page.getByRole("textbox", { name: "Comment" })).toHaveValue("Half a com");
});
