"""The public draw, protocol ov1: freeze, ceremony, selection, substitutes, trail."""
