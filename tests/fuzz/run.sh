#!/bin/sh
# tests/fuzz/run.sh [SECONDS] - every fuzz target over its seeds and then for a while:
# with clang's libFuzzer where that is installed, else with random changes of the seeds.
# Prints one line per target; ends with 1 if any target found something.
set -eu
cd "$(dirname "$0")/../.."
seconds=${1:-60}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The seeds of the link: each golden message as a framed request and notice, on each edge.
mkdir -p "$work/link"
perl -e '
	my ($out) = @ARGV;
	my %params;
	my $ctx = "\x93\x00\xc4\x18" . ("t" x 24) . "\xa3r-1";
	open(my $in, "<", "tests/golden/messages.txt") or die "tests/golden/messages.txt: $!";
	while (my $line = <$in>) {
		my ($id, $name, $hex) = split " ", $line;
		my $params = pack("H*", $hex);
		my $num = "\xcc" . chr(hex $id);
		my %frame = (request => "\x95\x00\x01$num$params$ctx", notice => "\x94\x02$num$params$ctx",
			answer => "\x94\x01\x01\xc0$params", error => "\x94\x01\x01\x92\x19\xa1x\xc0");
		for my $kind (sort keys %frame) {
			for my $edge (0, 1, 3 .. 10, 0x81, 0x83 .. 0x87, 0x8a, 0x44) {
				open(my $f, ">", "$out/$name-$kind-$edge") or die;
				binmode $f;
				print $f chr($edge), pack("N", length $frame{$kind}), $frame{$kind};
			}
		}
		$params{$name} = $params;
	}
	# streams: what a request brings, what an answer brings, credit, giving up
	my %stream = (
		up => [4, "\x95\x00\x01\xcc\xe6$params{object_write}$ctx", "\x94\x05\x01\x00\xc4\x03abc", "\x94\x05\x01\x01\xc4\x00"],
		broken => [4, "\x95\x00\x01\xcc\xe6$params{object_write}$ctx", "\x94\x05\x01\x02\xc4\x01\x13"],
		down => [4, "\x95\x00\x01\xcc\xe8$params{object_read}$ctx", "\x93\x04\x01\x64", "\x92\x07\x01"],
		opened => [0x84, "\x94\x01\x03\xc0$params{object_opened}", "\x94\x03\x03\x00\xc4\x03abc", "\x94\x03\x03\x01\xc4\x00"],
		written => [0x84, "\x93\x06\x04\x10", "\x94\x01\x04\xc0$params{object_written}"]);
	for my $name (keys %stream) {
		my ($edge, @frames) = @{$stream{$name}};
		open(my $f, ">", "$out/stream-$name") or die;
		binmode $f;
		print $f chr($edge), map { pack("N", length $_) . $_ } @frames;
	}' "$work/link"

libfuzzer=$(command -v clang >/dev/null 2>&1 && clang -print-file-name=libclang_rt.fuzzer-x86_64.a 2>/dev/null || true)
if [ -f "$libfuzzer" ]; then
	make -s -j2 FUZZ=1 fuzzers
	dir=build/fuzz
else
	make -s -j2 SAN=1 fuzzers
	dir=build/san
fi
# One target; its line last.
one() {
	target=$1
	name=${target##*/fuzz_}
	mkdir -p "$work/$name"
	if [ -d "tests/fuzz/seeds/$name" ]; then
		cp -r "tests/fuzz/seeds/$name/." "$work/$name/"
	fi
	if [ "$dir" = build/fuzz ]; then
		"$target" -max_total_time="$seconds" -max_len=65536 -print_final_stats=0 -verbosity=0 \
			-artifact_prefix="$work/" "$work/$name" >"$work/$name.log" 2>&1 && ok=1 || ok=0
	else
		"$target" "$seconds" "$work/$name"/* >"$work/$name.log" 2>&1 && ok=1 || ok=0
	fi
	if [ "$ok" = 1 ]; then
		echo "fuzz: $name ok ($(ls "$work/$name" | wc -l) inputs)"
	else
		echo "$name" >>"$work/failed"
		cat "$work/$name.log"
		echo "fuzz: $name FAILED"
	fi
}

# As many at a time as there are cores.
running=0
for target in "$dir"/fuzz_*; do
	case $target in *.d|*.o) continue ;; esac
	one "$target" >"$work/${target##*/}.told" &
	running=$((running + 1))
	if [ $((running % $(nproc))) = 0 ]; then
		wait
		cat "$work"/*.told
		rm -f "$work"/*.told
	fi
done
wait
cat "$work"/*.told 2>/dev/null || true
[ ! -s "$work/failed" ]
