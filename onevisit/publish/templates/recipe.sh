#!/bin/sh
set -eu
export LC_ALL=C
TAB=$(printf '\t')
WORK=$(mktemp -d)
trap 'rm -r "$WORK"' EXIT

# 1
sum() { sha256sum | cut -c1-64; }
hash() { printf '%s' "$1" | sum; }
for name in chains history objects plan scope settings sources witnesses; do
  grep -q "^[0-9a-f]\{64\}  $name.tsv$" MANIFEST || { echo MANIFEST >&2; exit 1; }
done
while read -r digest name; do
  case $name in people.tsv|experts.tsv|recusals.tsv|lent.tsv)
    grep -q "^disclosure${TAB}open$" settings.tsv && ! test -e "$name" && continue ;; esac  # sealed
  test "$digest" = "$(sum < "$name")" || { echo "$name" >&2; exit 1; }
done < MANIFEST
C=$(sum < MANIFEST)

# 2
S=$( (printf 'ov1/seed\n%s\n' "$C"; cat DRAW REVEALS) | sum)
echo "SEED $S"
test "$S" = "$(cat SEED)" || { echo SEED >&2; exit 1; }

# 3
key() { printf 'ov1/key\n%s\n%s\n' "$1" "$S" | sum | cut -c1-32; }
SPARING=$(key sparing) ROUNDING=$(key rounding)
replay() {
  TASK=$1 ITEM=$2 OBJECTS=$(key "objects/$1")
  awk -F'\t' -v task="$TASK" -v item="$ITEM" '
    NR == FNR { mark[$1] = $3; next }
    $1 == task && $2 == item { print $3 "\t" $4 "\t" mark[$4] }' objects.tsv scope.tsv |
  while IFS=$TAB read -r stratum id mark; do
    printf '%s\t%s\t%s\t%s\n' "$stratum" "$id" "$(hash "$OBJECTS|$mark")" "$(hash "$SPARING|$mark")"
  done > "$WORK/tickets"
  cut -f1 "$WORK/tickets" | sort -u | while read -r stratum; do
    printf '%s\t%s\n' "$stratum" "$(hash "$ROUNDING|$TASK|$ITEM|$stratum")"
  done > "$WORK/rounding"

  # 4
  perl -MMath::BigInt -e '
    my ($work, $task, $item) = @ARGV;
    sub rows { open my $file, "<", $_[0] or die; map { chomp; [split /\t/] } <$file> }
    sub first64 { Math::BigInt->from_hex("0x" . substr $_[0], 0, 16) }
    sub below { first64($_[0]) * 10000 < (Math::BigInt->new($_[1]) << 64) }
    my %setting = map { $_->[0] => $_->[1] } rows("settings.tsv");
    my (%past, %lines, %ones);
    for (rows("history.tsv")) { $past{$_->[0]} = $_; $lines{$_->[1]} += 1; $ones{$_->[1]} += $_->[2] }
    my %rounding = map { $_->[0] => $_->[1] } rows("$work/rounding");
    my %of;
    for (rows("$work/tickets")) {
      my ($stratum, $id, $ticket, $sparing) = @$_;
      my ($rank, $last) = (first64($ticket) << 32, $past{$id});
      if ($last && index($setting{exempt}, $stratum) < 0 && below($sparing, $setting{sparing})) {
        my ($all, $drawn) = ($lines{$last->[1]}, $ones{$last->[1]});
        my $free = Math::BigInt->new($all - $drawn);
        my $v = $last->[2] ? ($free << 64) + first64($ticket) * $drawn : first64($ticket) * $free;
        $rank = ($v << 32) / $all;
      }
      my $hex = substr $rank->as_hex, 2;
      push @{$of{$stratum}}, join "\t", "0" x (24 - length $hex) . $hex, $ticket, $id;
    }
    for (grep { $_->[0] eq $task && $_->[1] eq $item } rows("plan.tsv")) {
      my (undef, undef, $stratum, undef, $size, $kind, $count, $least) = @$_;
      if ($kind eq "rate") {
        my $parts = $size * $count;
        $count = int($parts / 10000);
        $count += 1 if $size && below($rounding{$stratum}, $parts % 10000);
      }
      $count = $least if $count < $least;
      $count = $size if $count > $size;
      my @order = sort @{$of{$stratum} || []};
      for (@order[0 .. $count - 1]) {
        my (undef, $ticket, $id) = split /\t/;
        print join("\t", $task, $item, $stratum, $id, $ticket), "\n";
      }
    }' "$WORK" "$TASK" "$ITEM" | sort > "$WORK/drawn"
}

# 5
if test $# -gt 0; then
  replay "$1" "$2"
  cat "$WORK/drawn"
  awk -F'\t' -v task="$1" -v item="$2" '$1 == task && $2 == item' drawn.tsv | cmp - "$WORK/drawn"
  echo OK
  exit
fi
cut -f1,2 plan.tsv | sort -u > "$WORK/items"
while read -r task item; do
  replay "$task" "$item"
  cat "$WORK/drawn"
done < "$WORK/items" > "$WORK/all"
sort "$WORK/all" | cmp - drawn.tsv

# 6
perl -MDigest::SHA=sha256,sha256_hex -ne '
  chomp; my ($id, $seal) = split /\t/, $_, 2;
  push @level, sha256("\0$id\t" . sha256_hex($seal));
  END {
    while (@level > 1) {
      my @up;
      push @up, sha256("\1" . join "", splice @level, 0, 2) while @level > 1;
      @level = (@up, @level);
    }
    print unpack("H*", @level ? $level[0] : sha256("")), "\n";
  }' objects.tsv | cmp - ROOT
awk -F'\t' 'NR == FNR { mark[$1] = $3; next } !seen[$1, $4]++ { print $1 "\t" $4 "\t" mark[$4] }' objects.tsv drawn.tsv |
while IFS=$TAB read -r task id mark; do
  printf '%s\t%s\t%s\n' "$task" "$(hash "$(key "batch/$task")|$mark")" "$id"
done | sort > "$WORK/ranked"
awk -F'\t' -v batches="$(awk -F'\t' '$1 == "batches" { print $2 }' settings.tsv)" '
  NR == FNR { size[$1]++; next }
  { print $1 "\t" $3 "\t" int(rank[$1]++ * batches / size[$1]) + 1 }' "$WORK/ranked" "$WORK/ranked" |
sort | cmp - batches.tsv

# 7
cut -f1 COMMITS | cmp - witnesses.tsv
cut -d= -f1 REVEALS > "$WORK/names"
{ cat witnesses.tsv; cut -f1 sources.tsv; } | cmp - "$WORK/names"
while IFS=$TAB read -r name commit; do
  secret=$(sed -n "s/^$name=//p" REVEALS)
  again=$(printf 'ov1/commit\n%s\n%s\n%s\n%s\n' "$C" "$(cat DRAW)" "$name" "$secret" | sum)
  test "$again" = "$commit" || { echo COMMITS >&2; exit 1; }
done < COMMITS

# 8
previous=$(printf '%064d' 0)
while IFS=$TAB read -r number at event payload link; do
  test "$link" = "$previous" || { echo TRAIL >&2; exit 1; }
  previous=$(printf '%s\t%s\t%s\t%s\t%s\n' "$number" "$at" "$event" "$payload" "$link" | sum)
  test "$event" != batches || HEAD=$previous
  printf '%s\t%s\t%s\n' "$event" "$payload" "$at"
done < TRAIL > "$WORK/trail"
awk -F'\t' '$1 == "freeze" { n = 0 } { line[n++] = $0 }
  END { for (i = 0; i < n; i++) { print line[i]; if (line[i] ~ /^batches/) exit } }' "$WORK/trail" > "$WORK/attempt"
each() { while IFS= read -r line; do printf '%s\t%s\n' "$1" "$(printf '%s\n' "$line" | sum)"; done; }
{
  printf 'freeze\t%s\nroot\t%s\n' "$C" "$(sum < ROOT)"
  each commit < COMMITS
  each reveal < REVEALS
  printf 'seed\t%s\ndrawn\t%s\nbatches\t%s\n' "$(sum < SEED)" "$(sum < drawn.tsv)" "$(sum < batches.tsv)"
} > "$WORK/wanted"
cut -f1,2 "$WORK/attempt" | cmp - "$WORK/wanted"
awk -F'\t' '$1 == "reveal" { print $3 }' "$WORK/attempt" | paste "$WORK/names" - |
awk -F'\t' '
  NR == FNR { moment[$1] = $3; if (NR == 1 || $3 < first) first = $3; next }
  ($1 in moment) ? $2 < moment[$1] : $2 >= first { bad = 1 }
  END { exit bad }' sources.tsv - || { echo TRAIL >&2; exit 1; }

# 9
LIST=$(cut -f1,2,4 drawn.tsv | sort | sum)
REPLAY=$(printf 'ov1/replay\n%s\n%s\n%s\n%s\n' "$C" "$(cat DRAW)" "$HEAD" "$LIST" | sum)
if test -f RECORDS; then
  awk -F'\t' '$1 ~ /^(void|recusal|plan)$/ { print "-\t" $2 }' "$WORK/trail" > "$WORK/records"
  each - < RECORDS | cmp - "$WORK/records"
  while read -r name; do
    printf '{"digest": "%s", "kind": "replayed", "witness": "%s"}\n' "$REPLAY" "$name"
  done < witnesses.tsv | sort > "$WORK/digests"
  { grep '"kind" *: *"replayed"' RECORDS || true; } | sort | comm -23 - "$WORK/digests" | cmp - /dev/null
fi
echo "REPLAY $REPLAY"
