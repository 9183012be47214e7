// Package simulate plays the people of a small business's campaign: they come from
// Instagram or a search, read the landing page, fill its form in or leave, and open,
// follow or ignore the e-mails they get. They know nothing but what a browser, a
// mail program and a shop's till are told, and reach the program over HTTP alone.
package simulate
