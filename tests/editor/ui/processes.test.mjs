import assert from "node:assert/strict";
import { isZombie, processesOf } from "../support/processes.mjs";
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

    const ours = await commands("python");
    await window.page.close();
    const gone = async () => (await commands("pixelwright lsp")).length === 0;
    await until("the server is gone", gone, { within: 30_000 });
    const unburied = async () => {
      for (const { pid } of ours) if (await isZombie(pid)) return true;
      return false;
    };
    await until("no process of ours is a zombie", async () => !(await unburied()));
    assert.equal((await commands("pixelwright.host --detach")).length, 1);
  },
);
