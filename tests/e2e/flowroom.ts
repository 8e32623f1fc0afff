// A running Flowroom for the tests of one worker, and people who come to it with browsers of their own.

import { spawn, type ChildProcess } from "node:child_process";
import { randomInt } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test as base, type APIResponse, type BrowserContext, type Page } from "@playwright/test";

const ROOT = resolve(import.meta.dirname, "../..");
const TOKEN = "end-to-end";

export class Flowroom {
  private child: ChildProcess | undefined;

  private constructor(
    readonly url: string,
    private readonly port: number,
    private readonly data: string,
    private readonly settings: Record<string, string>,
  ) {}

  /** `settings` are environment variables, as FLOWROOM_MAX_DOCUMENT_BYTES. */
  static async up(settings: Record<string, string> = {}): Promise<Flowroom> {
    const port = await freePort();
    const flowroom = new Flowroom(`http://127.0.0.1:${port}`, port, mkdtempSync(join(tmpdir(), "flowroom-e2e-")), settings);
    await flowroom.start();
    return flowroom;
  }

  async start(): Promise<void> {
    this.child = spawn(
      join(ROOT, ".venv/bin/flowroom"),
      ["up", "--host", "127.0.0.1", "--port", String(this.port), "--data", this.data],
      { env: { ...process.env, FLOWROOM_TOKEN: TOKEN, FLOWROOM_LOG_LEVEL: "warning", ...this.settings }, stdio: ["ignore", "ignore", "inherit"] },
    );
    const deadline = Date.now() + 30_000;
    while (!(await this.ready())) {
      if (this.child.exitCode !== null) throw new Error(`flowroom up ended with ${this.child.exitCode}`);
      if (Date.now() > deadline) throw new Error("flowroom up did not serve within 30 s");
      await new Promise((done) => setTimeout(done, 50));
    }
  }

  /** End the server; "SIGKILL" is a crash. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((done) => child.once("exit", done));
    child.kill(signal);
    await ended;
  }

  async down(): Promise<void> {
    await this.stop();
    rmSync(this.data, { recursive: true, force: true });
  }

  /** The address that signs a browser in. */
  get address(): string {
    return `${this.url}/?token=${TOKEN}`;
  }

  async api<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${this.url}/api${path}`, {
      method,
      headers: { Authorization: `Bearer ${TOKEN}`, "Content-Type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return (answer.status === 204 ? undefined : await answer.json()) as T;
  }

  /** The id of an example graph, which is the one that has exactly this title, however many tests made graphs before. */
  async example(title: string): Promise<string> {
    const { items } = await this.api<{ items: { id: string; title: string }[] }>("GET", `/graphs?query=${encodeURIComponent(title)}&limit=200`);
    const found = items.find((item) => item.title === title);
    if (!found) throw new Error(`there is no example ${title}`);
    return found.id;
  }

  /** A copy of an example graph of its own for one test: its id. */
  async copyOf(title: string): Promise<string> {
    return (await this.api<{ id: string }>("POST", `/graphs/${await this.example(title)}/duplicate`)).id;
  }

  private async ready(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/readyz`)).ok;
    } catch {
      return false;
    }
  }
}

export type Join = (name: string, path?: string, colorScheme?: "light" | "dark") => Promise<Page>;

export const test = base.extend<{ join: Join; noneLeft: void }, { flowroom: Flowroom }>({
  flowroom: [
    // eslint-disable-next-line no-empty-pattern -- Playwright reads the fixtures a function needs from its pattern
    async ({}, use) => {
      const flowroom = await Flowroom.up();
      await use(flowroom);
      await flowroom.down();
    },
    { scope: "worker" },
  ],
  /** Sign a person in with a browser of their own and open a page there. */
  join: async ({ browser, flowroom }, use) => {
    await use(async (name, path = "/", colorScheme = "light") => {
      const context = await browser.newContext({ colorScheme });
      await signIn(context, flowroom, name);
      const page = await context.newPage();
      page.on("pageerror", (error) => {
        throw new Error(`${name}'s page threw: ${error.name} ${error.message} ${error.stack ?? ""}`);
      });
      await page.goto(`${flowroom.url}${path}`);
      return page;
    });
  },
  /** A page that a test leaves open would go on taking part, and time of the tests after it. */
  noneLeft: [
    async ({ browser }, use) => {
      await use();
      for (const context of browser.contexts()) await context.close();
    },
    { auto: true },
  ],
});

/** Sign in as the page does with a token in its address, without the time it takes to load one. */
async function signIn(context: BrowserContext, { url }: Flowroom, name: string): Promise<void> {
  await expectOk(await context.request.post(`${url}/api/session`, { data: { token: TOKEN } }));
  const csrf = (await context.cookies()).find((cookie) => cookie.name === "flowroom_csrf")?.value ?? "";
  await expectOk(await context.request.patch(`${url}/api/me`, { data: { name }, headers: { "X-CSRF-Token": csrf } }));
}

async function expectOk(answer: APIResponse): Promise<void> {
  if (!answer.ok()) throw new Error(`${answer.url()}: ${answer.status()} ${await answer.text()}`);
}

export { expect, type Page } from "@playwright/test";

/**
 * A port that nobody listens on: below those that the system gives to whoever connects, so that it is still free when a
 * server gets to it that takes seconds to start.
 */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    const probe = createServer();
    const free = await new Promise((told) => {
      probe.once("error", () => told(false));
      probe.listen(port, "127.0.0.1", () => probe.close(() => told(true)));
    });
    if (free) return port;
  }
}
