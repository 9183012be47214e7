// Package i18n lets every page, form and e-mail speak Persian and English
// alike: it holds the catalogue of messages, writes numbers and dates in the
// reader's own digits and calendar, carries copy that a marketer wrote in both
// languages, and folds text so that a search finds a name however it was typed.
package i18n
