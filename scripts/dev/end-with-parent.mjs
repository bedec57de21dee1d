// Preloaded into every program of `npm start`: when the parent is gone, however it went, the program ends as if it was asked to.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
process.channel?.unref()
