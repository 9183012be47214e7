// The workspace works without this file; with it, it answers faster.

// Appearance: switch at once and remember, without a round trip.
for (const group of document.querySelectorAll('[data-themes]')) {
  group.addEventListener('click', (event) => {
    const button = event.target.closest('button[name="theme"]')
    if (!button) return
    event.preventDefault()
    const secure = location.protocol === 'https:' ? '; Secure' : ''
    document.cookie = `theme=${button.value}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`
    document.documentElement.dataset.theme = button.value
    for (const other of document.querySelectorAll('button[name="theme"]')) {
      other.setAttribute('aria-pressed', String(other.value === button.value))
    }
  })
}

// The menu: which groups are folded away is remembered, and the server draws them so.
// On a phone, where there is little room, only the group of the page is open.
const menu = document.querySelectorAll('.nav-group')
if (matchMedia('(max-width: 860px)').matches) {
  for (const group of menu) group.open = 'here' in group.dataset || !document.querySelector('.nav-group[data-here]')
} else {
  for (const group of menu) {
    group.addEventListener('toggle', () => {
      const folded = [...menu].filter((g) => !g.open).map((g) => g.dataset.group)
      document.cookie = `menu=${folded.join(',')}; Path=/; Max-Age=31536000; SameSite=Lax`
    })
  }
}

// Copy: <button data-copy="text" data-copied="Copied"> or data-copy-from="#id".
document.addEventListener('click', async (event) => {
  const button = event.target.closest('[data-copy], [data-copy-from]')
  if (!button) return
  const source = button.dataset.copyFrom && document.querySelector(button.dataset.copyFrom)
  try {
    await navigator.clipboard.writeText(source ? source.textContent : button.dataset.copy)
  } catch {
    if (source) getSelection().selectAllChildren(source)
    return
  }
  const label = button.querySelector('span') ?? button
  const before = label.textContent
  if (label.dataset.busy) return
  label.dataset.busy = 'yes'
  label.textContent = button.dataset.copied ?? before
  setTimeout(() => {
    label.textContent = before
    delete label.dataset.busy
  }, 1600)
})

// Ask before what cannot be undone: <form data-confirm="Really?"> or a button.
document.addEventListener('submit', (event) => {
  const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm
  if (question && !confirm(question)) event.preventDefault()
})

// One box for all of a list: <input type="checkbox" data-check-all="name of the others">.
document.addEventListener('change', (event) => {
  const name = event.target.dataset?.checkAll
  if (!name) return
  for (const box of document.querySelectorAll(`input[type="checkbox"][name="${name}"]`)) box.checked = event.target.checked
})

// A form goes out once, however often its button is pressed.
document.addEventListener('submit', (event) => {
  if (event.defaultPrevented || event.target.method !== 'post') return
  if (event.target.dataset.sent) {
    event.preventDefault()
    return
  }
  event.target.dataset.sent = 'yes'
  event.submitter?.setAttribute('aria-disabled', 'true')
})

// The page may come back from the browser's memory with forms marked as sent.
addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-sent]')) {
    delete form.dataset.sent
    form.querySelector('[aria-disabled]')?.removeAttribute('aria-disabled')
  }
})

// A part of the page that follows what happens: <div data-live="/address/of/the/part">.
for (const part of document.querySelectorAll('[data-live]')) {
  let shown
  setInterval(async () => {
    if (document.hidden || part.contains(document.activeElement)) return
    try {
      const answer = await fetch(part.dataset.live, { headers: { Accept: 'text/html' } })
      const html = answer.ok && !answer.redirected ? await answer.text() : shown
      if (html !== shown) part.innerHTML = shown = html
    } catch {
      // No connection: the next time it may be back.
    }
  }, 2000)
}
