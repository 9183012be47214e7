// Planning and making experiments work without this file: each button sends its form and
// gets the page anew. With it, only what changed is put in its place.
let asked

async function page(address, options) {
  asked?.abort()
  asked = new AbortController()
  const answer = await fetch(address, { ...options, signal: asked.signal, headers: { Accept: 'text/html' } })
  if (!answer.ok && answer.status !== 422) throw new Error(String(answer.status))
  return new DOMParser().parseFromString(await answer.text(), 'text/html')
}

function swap(fresh, ids) {
  for (const id of ids) {
    const part = fresh.getElementById(id)
    if (part) document.getElementById(id)?.replaceWith(part)
  }
}

// The answer of a plan follows what is typed, and stands in the address.
const plan = document.querySelector('form[data-plan]')
let pause
plan?.addEventListener('input', () => {
  clearTimeout(pause)
  pause = setTimeout(async () => {
    if (!plan.elements.place?.value && !plan.elements.baseline.value) return
    const address = `${plan.action}?${new URLSearchParams(new FormData(plan))}`
    try {
      swap(await page(address), ['answer'])
      history.replaceState(null, '', address)
    } catch {
      // No connection, or typed on: the button still works.
    }
  }, 400)
})

// Rows of versions and goals come and go without leaving the page.
const edit = document.querySelector('form[data-rows]')
edit?.addEventListener('submit', async (event) => {
  const button = event.submitter?.value ?? 'save'
  if (button === 'save') return
  event.preventDefault()
  const body = new URLSearchParams(new FormData(edit))
  body.set('do', button)
  try {
    const fresh = await page(edit.action, { method: 'POST', body })
    swap(fresh, ['variants', 'goals'])
    for (const name of ['_variants', '_goals']) edit.elements[name].value = fresh.querySelector(`input[name="${name}"]`).value
    const list = document.getElementById(button.includes('variant') ? 'variants' : 'goals')
    const rows = list.querySelectorAll('fieldset.stack')
    if (button.startsWith('add:')) rows[rows.length - 1]?.querySelector('input:not([disabled]), select:not([disabled])')?.focus()
  } catch (error) {
    if (error.name === 'AbortError') return
    const pressed = Object.assign(document.createElement('input'), { type: 'hidden', name: 'do', value: button })
    edit.append(pressed)
    edit.submit()
  }
})
