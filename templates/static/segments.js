// The builder of conditions works without this file: each button sends the form and gets
// the page anew. With it, only the parts that changed are put in their place, and count
// and words follow while one types.
const form = document.querySelector('form[data-builder]')
let asked

// ask sends the form as a button would, and returns the page that comes back.
async function ask(button) {
  asked?.abort()
  asked = new AbortController()
  const body = new URLSearchParams(new FormData(form))
  body.set('do', button)
  const answer = await fetch(form.action, { method: 'POST', body, signal: asked.signal, headers: { Accept: 'text/html' } })
  if (!answer.ok && answer.status !== 422) throw new Error(String(answer.status))
  return new DOMParser().parseFromString(await answer.text(), 'text/html')
}

function swap(page, ids) {
  for (const id of ids) {
    const fresh = page.getElementById(id)
    const old = document.getElementById(id)
    if (fresh && old) old.replaceWith(fresh)
  }
}

// show does what a button says and keeps the place of whoever types.
async function show(button, ids, focus) {
  const preview = document.getElementById('preview')
  preview?.classList.add('busy')
  try {
    const page = await ask(button)
    const at = focus ?? document.activeElement?.id
    swap(page, ids)
    if (ids.includes('builder')) {
      const tab = page.querySelector('input[name="tab"]')
      if (tab) form.elements.tab.value = tab.value
      if (at) document.getElementById(at)?.focus()
    }
  } catch (error) {
    if (error.name !== 'AbortError') preview?.classList.remove('busy')
  }
}

const whole = ['builder', 'preview']
const said = ['words', 'preview']

form.addEventListener('submit', (event) => {
  const button = event.submitter?.value ?? 'show'
  if (button === 'save') return
  event.preventDefault()
  // Where to go on: in the row that is new, else at the group the button belonged to.
  const [verb, path] = button.split(':')
  const rows = verb === 'add' ? document.querySelectorAll(`#${CSS.escape(path)} > .parts > li`).length : 0
  const focus = verb === 'add' ? `${path}-${rows}.name` : verb === 'where' ? `${path}.w${document.querySelectorAll(`#${CSS.escape(path)} > .part-where > .part-main`).length}.name` : undefined
  show(button, whole, focus)
})

form.addEventListener('change', (event) => {
  if (event.target.matches('[data-live-build]')) show('show', whole)
  else if (event.target.matches('[data-live-change]')) show('show', said)
})

let pause
form.addEventListener('input', (event) => {
  if (!event.target.closest('#builder') || event.target.matches('select, [type="checkbox"]')) return
  clearTimeout(pause)
  pause = setTimeout(() => show('show', event.target.id === 'yaml' ? ['words', 'preview'] : said), 500)
})
