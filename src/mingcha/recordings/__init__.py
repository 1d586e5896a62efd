"""Audio and video recordings (音像记录): what the published list demands, linked to the stage it belongs to — R060–R063."""
