#!/bin/sh
set -eu
export LC_ALL=C
TASK=$1 ITEM=$2 TAB=$(printf '\t')
WORK=$(mktemp -d)
trap 'rm -r "$WORK"' EXIT

# 1
sum() { sha256sum | cut -c1-64; }
hash() { printf '%s' "$1" | sum; }
while read -r digest name; do
  case $name in people.tsv|experts.tsv|recusals.tsv) test -e "$name" || continue ;; esac  # sealed
  test "$digest" = "$(sum < "$name")" || { echo "$name" >&2; exit 1; }
done < MANIFEST
C=$(sum < MANIFEST)

# 2
S=$( (printf 'ov1/seed\n%s\n' "$C"; cat DRAW REVEALS) | sum)
echo "SEED $S"
test "$S" = "$(cat SEED)" || { echo SEED >&2; exit 1; }

# 3
key() { printf 'ov1/key\n%s\n%s\n' "$1" "$S" | sum | cut -c1-32; }
OBJECTS=$(key "objects/$TASK") SPARING=$(key sparing) ROUNDING=$(key rounding)
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
cat "$WORK/drawn"

# 5
awk -F'\t' -v task="$TASK" -v item="$ITEM" '$1 == task && $2 == item' drawn.tsv | cmp - "$WORK/drawn"
echo OK
