-- Neovim as a client of the language server: generates a page from a picture, the way a user's key would.
-- Environment: PW_PYTHON, PW_PICTURE. Writes what it saw as JSON to PW_REPORT.

local seen = { progress = {}, messages = {} }

local function main()
  local picture = vim.env.PW_PICTURE
  vim.cmd("edit " .. vim.fn.fnameescape(vim.fn.fnamemodify(picture, ":h") .. "/notes.html"))

  local id = vim.lsp.start_client({
    name = "pixelwright",
    cmd = { vim.env.PW_PYTHON, "-m", "pixelwright", "lsp" },
    root_dir = vim.fn.fnamemodify(picture, ":h"),
    handlers = {
      ["$/progress"] = function(_, result)
        table.insert(seen.progress, result.value)
      end,
      ["window/showMessage"] = function(_, result)
        table.insert(seen.messages, result.message)
      end,
    },
  })
  vim.lsp.buf_attach_client(0, id)
  assert(
    vim.wait(20000, function()
      local client = vim.lsp.get_client_by_id(id)
      return client and client.initialized
    end, 20),
    "the server did not initialize"
  )

  local client = vim.lsp.get_client_by_id(id)
  seen.server = client.server_capabilities.executeCommandProvider
  local answer, problem = client.request_sync("workspace/executeCommand", {
    command = "pixelwright.server.generateHtml",
    arguments = { { uri = vim.uri_from_fname(picture) } },
  }, 120000, 0)
  seen.result = answer and answer.result
  seen.error = problem or (answer and answer.err)

  client.stop()
  seen.ended = vim.wait(5000, function()
    return vim.lsp.get_client_by_id(id) == nil or vim.lsp.get_client_by_id(id).is_stopped()
  end, 20)
end

local done, failure = pcall(main)
if not done then
  seen.failure = tostring(failure)
end
vim.fn.writefile({ vim.fn.json_encode(seen) }, vim.env.PW_REPORT)
vim.cmd("qa!")
