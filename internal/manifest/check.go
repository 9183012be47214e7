package manifest

// Check says all that is wrong with one document, by its tags and by its own Check, as
// errs.Fields: for documents that come from a page or a script and not from files.
// What its Refs name is not looked for.
func Check(d Doc) error {
	if err := invalid(d).OrNil(); err != nil {
		return err
	}
	return d.Check()
}
