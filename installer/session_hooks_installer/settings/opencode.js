// What makes opencode run the programs of agent-session-hooks. `install-hooks` writes this file
// anew, and deletes it, as long as nobody edits it.

import { spawn } from "node:child_process"

const { hooks } = {}

const quietly = (work) => async (...given) => {
  try {
    await work(...given)
  } catch {} // whatever fails here, the conversation goes on
}

export const AgentSessionHooks = async ({ client, directory }) => {
  const sessions = new Map() // the promise of each one: what it is told of, nothing for a subagent's

  const session = (id) => {
    if (!sessions.has(id)) sessions.set(id, look({ path: { id } }))
    return sessions.get(id)
  }

  const look = async (which) => {
    const { data } = await client.session.get(which)
    if (data.parentID) return undefined
    const { data: messages } = await client.session.messages({ ...which, query: { limit: 1 } })
    const isAlone = data.permission?.some((rule) => rule.permission === "question" && rule.action === "deny")
    return { isAttended: !isAlone, source: messages.length ? "resume" : "startup" }
  }

  // What a program says, in time; nothing where it fails or is missing.
  const run = (event, id, { isAttended }, more) =>
    new Promise((resolve) => {
      const [{ command, timeout }] = hooks[event]
      const env = { ...process.env, SESSION_HOOKS_ATTENDED: isAttended ? "1" : "0" }
      const stdio = ["pipe", "pipe", "ignore"]
      // Detached, so that an end is noted though opencode is gone.
      const child = spawn(command, { shell: true, cwd: directory, env, stdio, detached: true })
      const late = setTimeout(resolve, timeout * 1000, "").unref()
      let said = ""
      child.stdout.setEncoding("utf8").on("data", (text) => (said += text))
      child.on("close", (code) => resolve(code === 0 ? said : "")).on("error", () => resolve(""))
      child.on("close", () => clearTimeout(late))
      child.stdin.on("error", () => {})
      child.stdin.end(JSON.stringify({ hook_event_name: event, session_id: id, cwd: directory, ...more }))
      child.unref()
    })

  return {
    "chat.message": quietly(async ({ sessionID }, { message, parts }) => {
      const found = await session(sessionID)
      if (!found?.source) return
      const { source } = found
      found.source = ""
      const prompt = parts.map((part) => part.text ?? "").join("\n")
      const said = await run("SessionStart", sessionID, found, { source, initial_prompt: prompt })
      const { hookSpecificOutput: told, systemMessage } = JSON.parse(said || "{}")
      const body = { title: "Session files", message: systemMessage, variant: "info", duration: 10000 }
      if (systemMessage) client.tui.showToast({ body }).catch(() => {})
      if (!told?.additionalContext) return
      parts.push({
        id: message.id.replace("msg", "prt"), // sorted before the prompt's own parts
        messageID: message.id,
        sessionID,
        type: "text",
        text: `<system-reminder>\n${told.additionalContext}\n</system-reminder>`,
        synthetic: true, // the person is not shown it
      })
    }),

    "experimental.session.compacting": quietly(async ({ sessionID }, { context }) => {
      const found = await session(sessionID)
      if (!found) return
      const said = await run("PreCompact", sessionID, found, {})
      if (said) context.push(said)
      found.source = "compact" // the next prompt is told again what is next
    }),

    dispose: quietly(async () => {
      for (const [id, looked] of sessions) {
        const found = await looked
        if (found) run("SessionEnd", id, found, { reason: "other" }) // not waited for
      }
    }),
  }
}
