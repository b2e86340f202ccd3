"""How good the labels are: one file a label, each reading its labelled sets from a folder of NAME/{train,dev,test}.csv.gz."""
