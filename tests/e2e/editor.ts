// What a person does in the editor, by the names a screen reader would say.

import { expect, type Locator, type Page } from "@playwright/test";

export class Editor {
  constructor(readonly page: Page) {}

  /** Wait until the graph is drawn and everything is on the server's disk. */
  async ready(): Promise<this> {
    await expect(this.canvas).toBeVisible();
    await this.saved();
    return this;
  }

  get canvas(): Locator {
    return this.page.getByTestId("canvas");
  }

  get inspector(): Locator {
    return this.page.getByRole("region", { name: "Inspector" });
  }

  get status(): Locator {
    return this.page.getByTestId("status");
  }

  async saved(): Promise<void> {
    await expect(this.status).toHaveText("Saved");
  }

  /** A node by its name. */
  node(name: string): Locator {
    return this.page.getByRole("group", { name: new RegExp(`^${name}(,|$)`) });
  }

  edges(): Locator {
    return this.page.getByRole("group", { name: /^Edge / });
  }

  async select(name: string): Promise<void> {
    await this.node(name).getByText(name, { exact: true }).first().click();
  }

  async add(type: string): Promise<void> {
    await this.page.getByRole("region", { name: "Node types" }).getByRole("button", { name: new RegExp(`^${type} `) }).dblclick();
  }

  async rename(name: string): Promise<void> {
    await this.inspector.getByRole("textbox", { name: "Name" }).fill(name);
    await this.page.keyboard.press("Enter");
  }

  async connect(from: string, output: string, to: string, input: string): Promise<void> {
    const source = await middle(this.node(from).getByRole("button", { name: `Output ${output}` }));
    const target = await middle(this.node(to).getByRole("button", { name: `Input ${input}` }));
    await this.page.mouse.move(...source);
    await this.page.mouse.down();
    await this.page.mouse.move((source[0] + target[0]) / 2, (source[1] + target[1]) / 2, { steps: 4 });
    await this.page.mouse.move(...target, { steps: 4 });
    await this.page.mouse.up();
  }

  /** Take hold of a node by its name, and move by so many pixels. */
  async pull(name: string, x: number, y: number): Promise<void> {
    const [left, top] = await middle(this.node(name).getByText(name, { exact: true }).first());
    await this.page.mouse.move(left, top);
    await this.page.mouse.down();
    await this.page.mouse.move(left + x / 2, top + y / 2, { steps: 4 });
    await this.page.mouse.move(left + x, top + y, { steps: 4 });
  }

  /** Where a node stands, relative to another: the same for everyone, however they look at the canvas. */
  async offset(name: string, from: string): Promise<[number, number]> {
    const [a, b] = [await this.node(name).boundingBox(), await this.node(from).boundingBox()];
    if (!a || !b) throw new Error(`${name} or ${from} is not to be seen`);
    return [Math.round(a.x - b.x), Math.round(a.y - b.y)];
  }
}

/** Whether a press anywhere in 24 by 24 pixels around an element's middle meets it (WEB-41), however small it is drawn. */
export const isEasyToHit = (locator: Locator): Promise<boolean> =>
  locator.evaluate((element) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    const corners = [[-11, -11], [11, -11], [-11, 11], [11, 11]] as const;
    return corners.every(([dx, dy]) => element.contains(document.elementFromPoint(x + width / 2 + dx, y + height / 2 + dy)));
  });

export async function middle(locator: Locator): Promise<[number, number]> {
  const box = await locator.boundingBox();
  if (!box) throw new Error(`${locator} is not to be seen`);
  return [box.x + box.width / 2, box.y + box.height / 2];
}
