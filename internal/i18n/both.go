package i18n

// Both is what somebody wrote in two fields of a form; nil when both are empty.
func Both(fa, en string) Text {
	t := Text{}
	if fa != "" {
		t[Persian] = fa
	}
	if en != "" {
		t[English] = en
	}
	if len(t) == 0 {
		return nil
	}
	return t
}
