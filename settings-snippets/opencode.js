// What makes opencode run the programs of agent-session-hooks. `install-hooks` writes this file
// anew, and `install-hooks --uninstall` deletes it, as long as nobody edits it.

import { spawn } from "node:child_process"

const { hooks } = {
  "hooks": {
    "SessionStart": [
      {
        "type": "command",
        "command": "command -v session-start-hook >/dev/null || exit 0; SESSION_HOOKS_AGENT=opencode session-start-hook",
        "timeout": 10
      }
    ],
    "PreCompact": [
      {
        "type": "command",
        "command": "command -v pre-compact-hook >/dev/null || exit 0; SESSION_HOOKS_AGENT=opencode pre-compact-hook",
        "timeout": 10
      }
    ],
    "SessionEnd": [
      {
        "type": "command",
        "command": "command -v session-end-hook >/dev/null || exit 0; SESSION_HOOKS_AGENT=opencode session-end-hook",
        "timeout": 5
      }
    ]
  }
}

const quietly = (work) => async (...given) => {
  try {
    await work(...given)
  } catch {} // whatever fails here, the conversation goes on
}

export const AgentSessionHooks = async ({ client, directory }) => {
  const sessions = new Map() // by id, what look finds of each; nothing of a subagent's

  const find = (id) => {
    if (!sessions.has(id)) sessions.set(id, look(id).catch(() => void sessions.delete(id)))
    return sessions.get(id)
  }

  const look = async (id) => {
    const { data } = await client.session.get({ path: { id } })
    if (data.parentID) return undefined
    const rules = data.permission ?? []
    const isAlone = rules.some((rule) => rule.permission === "question" && rule.action === "deny")
    return { id, isAlone, source: "resume" } // the source of its next start, if it has one
  }

  // Resolves to what a program says; to nothing where it fails, is missing or takes too long.
  const run = (event, { id, isAlone }, more) =>
    new Promise((resolve) => {
      const [{ command, timeout }] = hooks[event]
      const env = { ...process.env, SESSION_HOOKS_ATTENDED: isAlone ? "0" : "1" }
      const stdio = ["pipe", "pipe", "ignore"]
      // Detached: an end is noted after opencode is gone.
      const child = spawn(command, { shell: true, detached: true, cwd: directory, env, stdio })
      const late = setTimeout(resolve, timeout * 1000, "")
      late.unref()
      let said = ""
      child.stdout.setEncoding("utf8").on("data", (text) => (said += text))
      child.on("error", () => resolve(""))
      child.on("close", (code) => {
        clearTimeout(late)
        resolve(code === 0 ? said : "")
      })
      const input = { hook_event_name: event, session_id: id, cwd: directory, ...more }
      child.stdin.on("error", () => {})
      child.stdin.end(JSON.stringify(input))
      child.unref()
    })

  const end = quietly(async (looked) => {
    const found = await looked
    if (found) run("SessionEnd", found, { reason: "other" }).catch(() => {}) // not waited for
  })

  return {
    "chat.message": quietly(async ({ sessionID }, { message, parts }) => {
      const found = await find(sessionID)
      if (!found) return
      const which = { path: { id: sessionID }, query: { limit: 1 } }
      const { data: before } = await client.session.messages(which)
      const source = before.length ? found.source : "startup" // the first prompt may be undone
      found.source = ""
      if (!source) return
      const prompt = parts.map((part) => part.text ?? "").join("\n")
      const said = await run("SessionStart", found, { source, initial_prompt: prompt })
      const { hookSpecificOutput: told, systemMessage } = JSON.parse(said || "{}")
      const form = { title: "Session files", variant: "info", duration: 10000 }
      const body = { ...form, message: systemMessage }
      if (systemMessage) client.tui.showToast({ body }).catch(() => {})
      if (!told?.additionalContext) return
      parts.push({
        id: message.id.replace("msg", "prt"), // they are sorted: this comes before the prompt
        messageID: message.id,
        sessionID,
        type: "text",
        text: `<system-reminder>\n${told.additionalContext}\n</system-reminder>`,
        synthetic: true, // not shown to the person
      })
    }),

    "experimental.session.compacting": quietly(async ({ sessionID }, { context }) => {
      const found = await find(sessionID)
      if (!found) return
      const said = await run("PreCompact", found, {})
      if (said) context.push(said)
      found.source = "compact"
    }),

    dispose: async () => {
      await Promise.all([...sessions.values()].map(end))
    },
  }
}

// agent-session-hooks, unedited: 4c15a0f5f6936717fe4ae44889682b6281a2015b51de2405ee74c7eb530092e6
