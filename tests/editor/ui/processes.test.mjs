import assert from "node:assert/strict";
import { processesOf, zombies } from "../support/processes.mjs";
import { editorFor, uiTest, until } from "../support/suite.mjs";

const editor = editorFor({ pictures: ["login"] });

const commands = async (part) =>
  (await processesOf(editor.server.env.XDG_STATE_HOME)).filter(({ command }) =>
    command.includes(part),
  );

uiTest(
  "closing the window ends its server and leaves no zombie; the host stays",
  editor,
  async () => {
    const { window } = editor;
    const before = await zombies();
    await editor.write("login.png", editor.pictures.login);
    await window.chooseFromMenu("login.png", "Generate HTML");
    await until("the server and the host run", async () => {
      const [servers, hosts] = [
        await commands("pixelwright lsp"),
        await commands("pixelwright.host --detach"),
      ];
      return servers.length === 1 && hosts.length === 1;
    });
    await window.toast("login").first().waitFor();

    await window.page.close();
    await until(
      "the server is gone",
      async () => (await commands("pixelwright lsp")).length === 0,
      {
        within: 30_000,
      },
    );
    const left = (await zombies()).filter(({ pid }) => !before.some((old) => old.pid === pid));
    assert.deepEqual(left, []);
    assert.equal((await commands("pixelwright.host --detach")).length, 1);
  },
);
