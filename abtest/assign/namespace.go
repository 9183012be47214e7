package assign

// Namespace keeps experiments apart that must not share visitors: each takes
// its own piece of the namespace's line, and a visitor stands at one point of
// it. Name is shared by these experiments; the piece is [Lo, Hi).
type Namespace struct {
	Name   string
	Lo, Hi float64
}

// Contains reports whether the visitor stands in this piece of the namespace.
func (ns Namespace) Contains(id string) bool {
	h := fnv(fnv(fnv(fnvOffset, id), "__"), ns.Name)
	return Range{ns.Lo, ns.Hi}.Contains(float64(h%1000) / 1000)
}
