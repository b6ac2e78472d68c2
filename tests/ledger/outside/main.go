// Checks an exported log with golang.org/x/mod/sumdb, written by others: every record proof, tree proofs, the note.
// Usage: main DIR VKEY. Prints "ok N" or fails.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// dir reads tiles of height 8 as tlog-tiles names them: as sumdb does, without its height element.
type dir string

func (d dir) Height() int { return 8 }

func (d dir) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, t := range tiles {
		path := strings.Replace(t.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(string(d), path))
		if err != nil {
			return nil, err
		}
		out = append(out, data)
	}
	return out, nil
}

func (d dir) SaveTiles([]tlog.Tile, [][]byte) {}

func entries(d string, size int64) [][]byte {
	var all [][]byte
	for n := int64(0); n*256 < size; n++ {
		width := size - n*256
		if width > 256 {
			width = 256
		}
		t := tlog.Tile{H: 8, L: 0, N: n, W: int(width)}
		path := strings.Replace(t.Path(), "tile/8/0/", "tile/entries/", 1)
		data, err := os.ReadFile(filepath.Join(d, path))
		must(err)
		for len(data) > 0 {
			k := binary.BigEndian.Uint16(data)
			all = append(all, data[2:2+k])
			data = data[2+k:]
		}
	}
	return all
}

func main() {
	d, vkey := os.Args[1], os.Args[2]
	raw, err := os.ReadFile(filepath.Join(d, "checkpoint"))
	must(err)
	verifier, err := note.NewVerifier(vkey)
	must(err)
	opened, err := note.Open(raw, note.VerifierList(verifier))
	must(err)
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	hash, err := base64.StdEncoding.DecodeString(lines[2])
	must(err)
	tree := tlog.Tree{N: size}
	copy(tree.Hash[:], hash)
	reader := tlog.TileHashReader(tree, dir(d)) // authenticates every tile against the tree
	all := entries(d, size)
	if int64(len(all)) != size {
		must(fmt.Errorf("%d entries, size %d", len(all), size))
	}
	for i, one := range all {
		proof, err := tlog.ProveRecord(size, int64(i), reader)
		must(err)
		must(tlog.CheckRecord(proof, size, tree.Hash, int64(i), tlog.RecordHash(one)))
	}
	for n := int64(1); n <= size; n += 97 {
		old, err := tlog.TreeHash(n, reader)
		must(err)
		proof, err := tlog.ProveTree(size, n, reader)
		must(err)
		must(tlog.CheckTree(proof, size, tree.Hash, n, old))
	}
	// Our own proofs, one a line: "record N hash..." and "tree N oldhash hash...".
	ours, err := os.ReadFile(filepath.Join(d, "proofs"))
	must(err)
	for _, line := range strings.Split(strings.TrimSpace(string(ours)), "\n") {
		words := strings.Fields(line)
		n, err := strconv.ParseInt(words[1], 10, 64)
		must(err)
		var hashes []tlog.Hash
		for _, word := range words[2:] {
			one, err := tlog.ParseHash(word)
			must(err)
			hashes = append(hashes, one)
		}
		if words[0] == "record" {
			must(tlog.CheckRecord(hashes, size, tree.Hash, n, tlog.RecordHash(all[n])))
		} else {
			must(tlog.CheckTree(hashes[1:], size, tree.Hash, n, hashes[0]))
		}
	}
	fmt.Println("ok", size)
}
