// People: how they come in, what is shared with them, and what happens in front of them when that changes.
// WEB-20 to WEB-24, WEB-27 and WEB-28 of docs/spec.md.

import type { Browser } from "@playwright/test";
import { violations } from "./axe";
import { Editor } from "./editor";
import { expect, test, type Flowroom, type Page } from "./flowroom";

const PASSWORD = "a mild evening in november";

/** A browser of its own, at a page of Flowroom, with nobody signed in. */
async function visitor(browser: Browser, url: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.goto(url);
  return page;
}

/** Someone with an account of their own, signed in and at a page; and their id. */
async function member(flowroom: Flowroom, browser: Browser, name: string, role: string, path: string): Promise<[Page, string]> {
  const email = `${name.toLowerCase()}@example.org`;
  const { url } = await flowroom.api<{ url: string }>("POST", "/invitations", { role, email });
  const context = await browser.newContext();
  const accept = `${flowroom.url}/api/invitations/by-token/${url.split("/").at(-1)}/accept`;
  const answer = await context.request.post(accept, { data: { name, password: PASSWORD } });
  const { me } = (await answer.json()) as { me: { id: string } };
  const page = await context.newPage();
  await page.goto(`${flowroom.url}${path}`);
  return [page, me.id];
}

async function signIn(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

test("WEB-20, WEB-21, WEB-28: someone invited makes an account, signs out, and comes back by password to where they wanted to go", async ({ flowroom, browser, join }) => {
  const admin = await join("Root", "/people");
  await admin.getByRole("tab", { name: "Invitations" }).click();
  await admin.getByRole("button", { name: "Invite" }).click();
  await admin.getByLabel("Email").fill("ada@example.org");
  await admin.getByRole("button", { name: "Make the invitation" }).click();
  const url = await admin.getByLabel("Link", { exact: true }).inputValue();

  const ada = await visitor(browser, url);
  await expect(ada.getByText("Root invites you to this workspace as an editor.")).toBeVisible();
  await ada.getByLabel("Name", { exact: true }).fill("Ada");
  await ada.getByLabel("Password", { exact: true }).fill("abcabcabcabc");
  await expect(ada.getByText("over and over are guessed first")).toBeVisible();
  await expect(ada.getByRole("button", { name: "Join" })).toBeDisabled();
  await ada.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await ada.getByRole("button", { name: "Join" }).click();
  await expect(ada.getByRole("heading", { name: "Graphs" })).toBeVisible();

  await ada.getByRole("button", { name: "You: Ada" }).click();
  await ada.getByRole("button", { name: "Sign out" }).click();
  const graph = await flowroom.example("Orders of the day");
  await expect(ada.getByRole("heading", { name: "Sign in to Flowroom" })).toBeVisible();
  await ada.goto(`${flowroom.url}/graphs/${graph}`);
  await signIn(ada, "ada@example.org", "not the password");
  await expect(ada.getByRole("alert")).toContainText("don't belong together");
  await signIn(ada, "ada@example.org", PASSWORD);
  await new Editor(ada).ready();
  expect(new URL(ada.url()).pathname).toBe(`/graphs/${graph}`);

  await ada.goto(url);
  await expect(ada.getByRole("heading", { name: "This invitation was used already" })).toBeVisible();
});

test("WEB-22: a link lets a stranger into one graph, as a guest with a name, until it is ended", async ({ flowroom, browser, join }) => {
  const { id } = await flowroom.api<{ id: string }>("POST", "/graphs", { title: "Shared plan" });
  const admin = await join("Root", `/graphs/${id}`);
  await new Editor(admin).ready();
  await admin.getByRole("button", { name: "Share" }).click();
  await admin.getByRole("button", { name: "Create link" }).click();
  const url = await admin.getByLabel("The new link").inputValue();

  const guest = await visitor(browser, url);
  await guest.getByLabel("Your name").fill("Konrad");
  await guest.getByRole("button", { name: "Open graph" }).click();
  await expect(new Editor(guest).status).toHaveText("You can look, not edit");
  await expect(admin.getByText("opened by 1 person")).toBeVisible();
  await expect(admin.getByText("came by a link")).toBeVisible();
  const list = await guest.context().newPage();
  await list.goto(flowroom.url);
  await expect(list.getByRole("heading", { name: "Shared with you" })).toBeVisible();
  await expect(list.getByRole("list", { name: "Graphs" }).getByRole("listitem")).toHaveText([/Shared plan/]);

  await admin.getByRole("button", { name: "End link" }).click();
  await admin.getByRole("dialog", { name: "End this link?" }).getByRole("button", { name: "End link" }).click();
  await expect(guest.getByRole("heading", { name: "This graph is no longer shared with you" })).toBeVisible();
  await list.reload();
  await expect(list.getByText("Nothing is shared with you just now")).toBeVisible();
});

test("WEB-23: a role that changes is taken up where one is: looking, editing again, and told when it is over", async ({ flowroom, browser, join }) => {
  const { id } = await flowroom.api<{ id: string }>("POST", "/graphs", { title: "Changing" });
  await flowroom.api("PATCH", `/graphs/${id}/access`, { visibility: "private" });
  const [page, bob] = await member(flowroom, browser, "Bob", "viewer", "/");
  await flowroom.api("PUT", `/graphs/${id}/access/people/${bob}`, { role: "editor" });
  await page.goto(`${flowroom.url}/graphs/${id}`);
  const editor = await new Editor(page).ready();
  await editor.add("Template");
  await editor.saved();

  const admin = await join("Root", `/graphs/${id}`);
  await new Editor(admin).ready();
  await admin.getByRole("button", { name: "Share" }).click();
  const choose = async (role: string) => {
    await admin.getByRole("combobox", { name: "Role of Bob" }).click();
    await admin.getByRole("option", { name: new RegExp(`^${role}`) }).click();
  };

  await choose("Viewer");
  await expect(editor.status).toHaveText("You can look, not edit");
  await expect(page.getByRole("region", { name: "Node types" })).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Run", exact: true })).toHaveCount(0);

  await choose("Editor");
  await editor.saved();
  await editor.add("Log");
  await expect(editor.node("Log")).toBeVisible();
  // Behind the open dialog nothing has a role for anyone.
  await expect(admin.getByRole("group", { name: /^Log(,|$)/, includeHidden: true })).toBeVisible();

  await choose("Remove");
  await expect(page.getByRole("heading", { name: "This graph is no longer shared with you" })).toBeVisible();
});

test("WEB-27: a viewer asks for a role where theirs is shown, an admin is led there and answers, and it is seen and felt at once", async ({ flowroom, browser, join }) => {
  const { id } = await flowroom.api<{ id: string }>("POST", "/graphs", { title: "Wanted" });
  const [page] = await member(flowroom, browser, "Vera", "viewer", `/graphs/${id}`);
  const vera = new Editor(page);
  await expect(vera.status).toHaveText("You can look, not edit");
  const admin = await join("Root", "/", "dark");

  const ask = async (reason: string) => {
    await page.getByRole("textbox", { name: "What for" }).fill(reason);
    await page.getByRole("button", { name: "Ask", exact: true }).click();
    await expect(page.getByText(/^You asked to be an editor/)).toBeVisible();
  };
  await page.getByRole("button", { name: "You can look, not edit" }).click();
  await page.getByRole("button", { name: "Ask for a higher role" }).click();
  await ask("to mend the prompt");
  expect(await violations(page)).toEqual([]);

  await admin.getByRole("button", { name: "Notifications, 1 unread" }).click();
  await admin.getByRole("link", { name: /Vera asks for the role editor/ }).click();
  const requests = admin.getByRole("list", { name: "Requests" });
  await expect(requests).toContainText("to mend the prompt");
  expect(await violations(admin)).toEqual([]);
  await requests.getByRole("textbox", { name: "Note to Vera" }).fill("after the freeze");
  await requests.getByRole("button", { name: "Decline" }).click();
  await expect(requests).toHaveCount(0);
  await expect(page.getByText("Root declined your request to be an editor: “after the freeze”")).toBeVisible();

  await ask("the freeze is over");
  await requests.getByRole("button", { name: "Grant" }).click();
  await page.keyboard.press("Escape");
  await vera.saved();
  await vera.add("Template");
  await expect(admin.getByRole("group", { name: /^Template(,|$)/, includeHidden: true })).toBeVisible();
});

test("WEB-24: an admin sees who is a member, changes roles, lets go, and makes tokens that are shown once", async ({ flowroom, browser, join }) => {
  const [grace] = await member(flowroom, browser, "Grace", "editor", "/");
  await expect(grace.getByRole("button", { name: "New graph" })).toBeVisible();
  const admin = await join("Root", "/people");
  const row = admin.getByRole("row", { name: /Grace/ });
  await row.getByRole("combobox", { name: "Role of Grace" }).click();
  await admin.getByRole("option", { name: /^Runner/ }).click();
  await expect(row.getByRole("combobox")).toHaveText("Runner");
  await grace.reload();
  await expect(grace.getByText("You can look and run, not edit")).toBeVisible();

  await row.getByRole("button", { name: "Actions for Grace" }).click();
  await admin.getByRole("menuitem", { name: "Shut out…" }).click();
  const dialog = admin.getByRole("dialog", { name: "Shut out Grace?" });
  await expect(dialog).toContainText("signed out everywhere");
  await dialog.getByRole("button", { name: "Shut out" }).click();
  await expect(row).toContainText("Shut out");
  await grace.reload();
  await expect(grace.getByRole("heading", { name: "Sign in to Flowroom" })).toBeVisible();

  await admin.getByRole("tab", { name: "Tokens" }).click();
  await admin.getByRole("button", { name: "New token" }).click();
  await admin.getByLabel("Name", { exact: true }).fill("Importer");
  await admin.getByRole("button", { name: "Make the token" }).click();
  const token = await admin.getByLabel("Token", { exact: true }).inputValue();
  await admin.getByRole("button", { name: "Done" }).click();
  await expect(admin.getByRole("row", { name: /Importer/ })).toContainText("Bot");
  const me = await fetch(`${flowroom.url}/api/me`, { headers: { Authorization: `Bearer ${token}` } });
  expect(await me.json()).toMatchObject({ name: "Importer", role: "editor", kind: "bot" });
});

test("WEB-13: axe finds nothing where people come in and are looked after", async ({ flowroom, browser, join }) => {
  const stranger = await visitor(browser, flowroom.url);
  await signIn(stranger, "nobody@example.org", "no password of anyone");
  await expect(stranger.getByRole("alert")).toContainText("don't belong together");
  expect(await violations(stranger)).toEqual([]);

  const admin = await join("Root", "/account");
  await expect(admin.getByText("This browser")).toBeVisible();
  expect(await violations(admin)).toEqual([]);
  await admin.goto(`${flowroom.url}/people`);
  await expect(admin.getByRole("tab", { name: "Tokens" })).toBeVisible();
  await expect(admin.getByText(/Nobody has an account yet|Last here/)).toBeVisible();
  expect(await violations(admin)).toEqual([]);
  await admin.goto(`${flowroom.url}/graphs/${await flowroom.example("Orders of the day")}`);
  await new Editor(admin).ready();
  await admin.getByRole("button", { name: "Share" }).click();
  await admin.getByRole("button", { name: "Create link" }).click();
  await expect(admin.getByLabel("The new link")).toBeVisible();
  expect(await violations(admin)).toEqual([]);
});
