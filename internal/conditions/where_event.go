package conditions

// event says that something happened often enough.
func (w *writer) event(n *node) {
	lead := w.schema.Lead + ".id"
	switch {
	case w.schema.Few && n.times > 1:
		// Stops counting as soon as it is enough.
		w.put("(SELECT count(*) FROM (SELECT 1 FROM " + w.schema.Events + " AS did WHERE did.lead_id = " + lead + " AND ")
		w.happened(n)
		w.put(" LIMIT ?) AS often) >= ?", n.times, n.times)
	case n.times == 1 && (w.schema.Few || w.schema.Postgres):
		w.put("EXISTS (SELECT 1 FROM " + w.schema.Events + " AS did WHERE did.lead_id = " + lead + " AND ")
		w.happened(n)
		w.put(w.fence() + ")")
	case w.schema.Postgres:
		w.put("EXISTS (SELECT 1 FROM (SELECT did.lead_id FROM " + w.schema.Events + " AS did WHERE ")
		w.happened(n)
		w.put(" GROUP BY did.lead_id HAVING count(*) >= ?) AS often WHERE often.lead_id = "+lead+")", n.times)
	default:
		w.put(lead + " IN (SELECT did.lead_id FROM " + w.schema.Events + " AS did WHERE did.lead_id IS NOT NULL AND ")
		w.happened(n)
		if n.times > 1 {
			w.put(" GROUP BY did.lead_id HAVING count(*) >= ?", n.times)
		}
		w.put(")")
	}
}

// happened writes which events count.
func (w *writer) happened(n *node) {
	if w.schema.Few && !w.schema.Postgres {
		w.put("+") // SQLite, without figures about the table, might prefer the index by name
	}
	w.put("did.name = ?", n.name)
	if n.within > 0 {
		w.put(" AND did.occurred_at >= ?", w.now.Add(-n.within).UTC())
	}
	w.put(" AND did.occurred_at <= ?", w.now.UTC())
	for i := range n.props {
		w.put(" AND (")
		w.fold("did.folds", n.props[i].name, &n.props[i].test)
		w.put(")")
	}
}
