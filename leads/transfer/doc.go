// Package transfer brings lists of people in and takes them out: a spreadsheet or the
// export of another tool is looked through before anything is written, consent has to be
// stated, every row that is refused is handed back with the reason, and an import that is
// interrupted goes on where it was.
package transfer
