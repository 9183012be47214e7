// A chart of the report as a picture: the page links to its SVG, and where scripts run, to
// a PNG of twice the size that the browser draws from it.
const scale = 2

async function png(address) {
  const answer = await fetch(address)
  if (!answer.ok) throw new Error(String(answer.status))
  const svg = await answer.text()
  const image = new Image()
  image.src = 'data:image/svg+xml;charset=utf-8,' + encodeURIComponent(svg)
  await image.decode()
  const canvas = document.createElement('canvas')
  canvas.width = image.naturalWidth * scale
  canvas.height = image.naturalHeight * scale
  canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height)
  return new Promise((done, failed) => canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error('no picture'))), 'image/png'))
}

for (const link of document.querySelectorAll('a[data-png]')) {
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'link'
  button.textContent = 'PNG'
  button.addEventListener('click', async () => {
    button.disabled = true
    try {
      const file = document.createElement('a')
      file.href = URL.createObjectURL(await png(link.href))
      file.download = link.dataset.png
      file.click()
      button.dataset.taken = file.download
      setTimeout(() => URL.revokeObjectURL(file.href), 60000)
    } catch {
      location.assign(link.href) // the SVG is there in any case
    } finally {
      button.disabled = false
    }
  })
  link.after(button)
}
