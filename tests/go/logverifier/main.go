// Command logverifier reads a log of ours the way a stranger would: with golang.org/x/mod/sumdb (note, tlog) and HTTP.
//
// It accepts a log whose checkpoint is signed by the given key (and cosigned by enough witnesses), whose tiles lead to
// the signed root, whose entries hash to its leaves, which continues the checkpoint seen before, and which holds the
// entries asked for. It prints the tree, or one line "refused: cause" and exits with 1.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.hash }
func (c cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	at := binary.BigEndian.Uint64(sig[:8])
	return ed25519.Verify(c.key, append([]byte(fmt.Sprintf("cosignature/v1\ntime %d\n", at)), msg...), sig[8:])
}

func newCosigner(vkey string) (note.Verifier, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("witness key malformed")
	}
	raw, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(raw) != 33 || raw[0] != 4 {
		return nil, errors.New("witness key malformed")
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), raw...))
	if hex.EncodeToString(sum[:4]) != parts[1] {
		return nil, errors.New("witness key malformed")
	}
	return cosigner{parts[0], binary.BigEndian.Uint32(sum[:4]), ed25519.PublicKey(raw[1:])}, nil
}

var client = &http.Client{}

func get(url string) ([]byte, error) {
	answer, err := client.Get(url)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != 200 {
		return nil, fmt.Errorf("%s: %s", url, answer.Status)
	}
	return io.ReadAll(answer.Body)
}

type server struct{ base string }

func (s server) Height() int                     { return 8 }
func (s server) SaveTiles([]tlog.Tile, [][]byte) {}
func (s server) path(tile tlog.Tile) string {
	return strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
}
func (s server) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		data, err := get(s.base + s.path(tile))
		if err != nil && tile.W < 256 {
			// A partial tile may be gone once the full one stands.
			full := tile
			full.W = 256
			if data, err = get(s.base + s.path(full)); err == nil && len(data) >= 32*tile.W {
				data = data[:32*tile.W]
			}
		}
		if err != nil {
			return nil, err
		}
		if len(data) != 32*tile.W {
			return nil, fmt.Errorf("tile %s has %d bytes", s.path(tile), len(data))
		}
		all = append(all, data)
	}
	return all, nil
}

func (s server) entries(bundle, width int64) ([][]byte, error) {
	tile := tlog.Tile{H: 8, L: 0, N: bundle, W: int(width)}
	data, err := get(s.base + strings.Replace(s.path(tile), "tile/0/", "tile/entries/", 1))
	if err != nil && width < 256 {
		tile.W = 256
		data, err = get(s.base + strings.Replace(s.path(tile), "tile/0/", "tile/entries/", 1))
	}
	if err != nil {
		return nil, err
	}
	var found [][]byte
	for len(data) > 0 {
		if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
			return nil, fmt.Errorf("entry bundle %d is cut off", bundle)
		}
		end := 2 + int(binary.BigEndian.Uint16(data))
		found = append(found, data[2:end])
		data = data[end:]
	}
	if int64(len(found)) < width || (tile.W < 256 && int64(len(found)) != width) {
		return nil, fmt.Errorf("entry bundle %d has %d entries", bundle, len(found))
	}
	return found[:width], nil
}

type storage []tlog.Hash

func (s storage) ReadHashes(places []int64) ([]tlog.Hash, error) {
	var found []tlog.Hash
	for _, place := range places {
		if place >= int64(len(s)) {
			return nil, errors.New("hash not stored yet")
		}
		found = append(found, s[place])
	}
	return found, nil
}

func tree(text, origin string) (tlog.Tree, error) {
	lines := strings.Split(text, "\n")
	if len(lines) < 4 || lines[0] != origin {
		return tlog.Tree{}, errors.New("checkpoint of another origin")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || strconv.FormatInt(size, 10) != lines[1] {
		return tlog.Tree{}, errors.New("checkpoint size malformed")
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

func run() error {
	base := flag.String("url", "", "prefix of the log, with its slash")
	vkey := flag.String("key", "", "public key of the log")
	origin := flag.String("origin", "", "origin; the name of the key by default")
	seen := flag.String("seen", "", "checkpoint seen before, SIZE:ROOT in base64")
	holds := flag.String("holds", "", "entries that must be in the log, INDEX:HEX,...")
	witnesses := flag.String("witnesses", "", "public keys of witnesses, separated by commas")
	need := flag.Int("need", 0, "how many witnesses must have cosigned")
	proof := flag.String("proof", "", "inclusion proof to check, INDEX:HEXENTRY:HASH;HASH in base64")
	flag.Parse()

	logKey, err := note.NewVerifier(*vkey)
	if err != nil {
		return err
	}
	known := []note.Verifier{logKey}
	for _, text := range strings.Split(*witnesses, ",") {
		if text != "" {
			found, err := newCosigner(text)
			if err != nil {
				return err
			}
			known = append(known, found)
		}
	}
	text, err := get(*base + "checkpoint")
	if err != nil {
		return err
	}
	opened, err := note.Open(text, note.VerifierList(known...))
	if err != nil {
		return err
	}
	signed, cosigned := false, 0
	for _, sig := range opened.Sigs {
		if sig.Name == logKey.Name() && sig.Hash == logKey.KeyHash() {
			signed = true
		} else {
			cosigned++
		}
	}
	if !signed {
		return errors.New("checkpoint is not signed by the log")
	}
	if cosigned < *need {
		return fmt.Errorf("only %d of %d demanded cosignatures", cosigned, *need)
	}
	name := *origin
	if name == "" {
		name = logKey.Name()
	}
	head, err := tree(opened.Text, name)
	if err != nil {
		return err
	}
	site := server{*base}
	reader := tlog.TileHashReader(head, site)
	if *seen != "" {
		size, root, _ := strings.Cut(*seen, ":")
		n, _ := strconv.ParseInt(size, 10, 64)
		old, err := tlog.ParseHash(root)
		if err != nil {
			return err
		}
		if head.N < n {
			return fmt.Errorf("the log was rolled back from %d to %d", n, head.N)
		}
		path, err := tlog.ProveTree(head.N, n, reader)
		if err != nil {
			return err
		}
		if err := tlog.CheckTree(path, head.N, head.Hash, n, old); err != nil {
			return fmt.Errorf("not consistent with what was seen before: %w", err)
		}
	}
	// x/mod 0.7 leaves the first tiles behind the right edge unchecked (TileHashReader counts hashes, not tiles), so the
	// whole tree is built again from the entries as well.
	var whole storage
	for bundle := int64(0); bundle*256 < head.N; bundle++ {
		width := head.N - bundle*256
		if width > 256 {
			width = 256
		}
		entries, err := site.entries(bundle, width)
		if err != nil {
			return err
		}
		var places []int64
		for i := range entries {
			places = append(places, tlog.StoredHashIndex(0, bundle*256+int64(i)))
		}
		hashes, err := reader.ReadHashes(places)
		if err != nil {
			return err
		}
		for i, entry := range entries {
			if hashes[i] != tlog.RecordHash(entry) {
				return fmt.Errorf("entry %d does not hash to its leaf", bundle*256+int64(i))
			}
			more, err := tlog.StoredHashes(bundle*256+int64(i), entry, whole)
			if err != nil {
				return err
			}
			whole = append(whole, more...)
		}
	}
	if root, err := tlog.TreeHash(head.N, whole); err != nil || root != head.Hash {
		return errors.New("the entries do not lead to the signed root")
	}
	for _, item := range strings.Split(*holds, ",") {
		if item == "" {
			continue
		}
		index, text, _ := strings.Cut(item, ":")
		n, _ := strconv.ParseInt(index, 10, 64)
		data, err := hex.DecodeString(text)
		if err != nil {
			return err
		}
		path, err := tlog.ProveRecord(head.N, n, reader)
		if err != nil {
			return err
		}
		if err := tlog.CheckRecord(path, head.N, head.Hash, n, tlog.RecordHash(data)); err != nil {
			return fmt.Errorf("entry %d is not in the log: %w", n, err)
		}
	}
	if *proof != "" {
		parts := strings.SplitN(*proof, ":", 3)
		n, _ := strconv.ParseInt(parts[0], 10, 64)
		data, err := hex.DecodeString(parts[1])
		if err != nil {
			return err
		}
		var path tlog.RecordProof
		for _, item := range strings.Split(parts[2], ";") {
			hash, err := tlog.ParseHash(item)
			if err != nil {
				return err
			}
			path = append(path, hash)
		}
		if err := tlog.CheckRecord(path, head.N, head.Hash, n, tlog.RecordHash(data)); err != nil {
			return fmt.Errorf("the given proof is wrong: %w", err)
		}
	}
	fmt.Println(head.N, head.Hash)
	return nil
}

func main() {
	if err := run(); err != nil {
		fmt.Println("refused:", string(bytes.ReplaceAll([]byte(err.Error()), []byte("\n"), []byte(" "))))
		os.Exit(1)
	}
}
