// A graph that becomes nearly full, and full: what its editors see, and that nothing is called saved that is not.
// WEB-26 of docs/spec.md.

import { violations } from "./axe";
import { Editor } from "./editor";
import { expect, Flowroom, test, type Page } from "./flowroom";

const LIMIT = 40 * 1024;

/** Text into the field of the selected Template node, as one paste. */
async function paste(page: Page, bytes: number): Promise<void> {
  await page.getByRole("region", { name: "Inspector" }).getByRole("textbox", { name: "Template" }).click();
  await page.keyboard.insertText("lorem ipsum ".repeat(bytes / 12));
}

test.describe("in a workspace whose graphs may have 40 kB", () => {
  let small: Flowroom;
  test.beforeAll(async () => {
    small = await Flowroom.up({ FLOWROOM_MAX_DOCUMENT_BYTES: String(LIMIT) });
  });
  test.afterAll(() => small.down());

  test("WEB-26: who edits is warned, sees what waits for room, and sees it saved once there is some", async ({ browser }) => {
    const { id } = await small.api<{ id: string }>("POST", "/graphs", { title: "Filling" });
    const page = await (await browser.newContext()).newPage();
    await page.goto(small.address);
    await page.goto(`${small.url}/graphs/${id}`);
    const editor = await new Editor(page).ready();

    await editor.add("Template");
    await editor.rename("Long");
    await paste(page, 34 * 1024);
    await expect(page.getByText(/^This graph is nearly full: \d\d%$/)).toBeVisible();
    await editor.saved();
    expect(await violations(page)).toEqual([]);
    await page.getByRole("button", { name: "Hide" }).click();
    await expect(page.getByText(/^This graph is nearly full/)).toHaveCount(0);

    await editor.add("Template");
    await editor.rename("Too much");
    await editor.saved();
    await paste(page, 10 * 1024);
    await expect(editor.status).toHaveText(/^Full, \d+ edits? not saved$/);
    await expect(page.getByRole("alert").getByText("This graph is full: your edits are not saved")).toBeVisible();
    expect(await violations(page)).toEqual([]);

    // What waited is undone: nothing waits any more, though undo still keeps it.
    await page.getByTestId("canvas").focus();
    await editor.select("Too much");
    await page.keyboard.press("Control+z");
    await expect(editor.status).toHaveText("Saved");
    await page.keyboard.press("Control+Shift+z");
    await expect(editor.status).toHaveText(/^Full, \d+ edits? not saved$/);

    // Or something else is deleted, and what waited is stored.
    await editor.select("Long");
    await page.keyboard.press("Delete");
    await editor.saved();
    await expect(page.getByText(/^This graph is/)).toHaveCount(0);
    const { nodes } = await small.api<{ nodes: Record<string, { name: string; params: { template: string } }> }>("GET", `/graphs/${id}/export?format=flowroom`);
    expect(Object.values(nodes).map(({ name, params }) => [name, params.template.length > 10_000])).toEqual([["Too much", true]]);
    await page.context().close();
  });
});
