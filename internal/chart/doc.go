// Package chart draws the figures that the growth team reads: lines over time,
// bars, funnels and rates with their intervals. A chart is an SVG written into
// the page: it needs no script, prints, follows light and dark, runs right to
// left for Persian readers and is described in words to a screen reader.
package chart
