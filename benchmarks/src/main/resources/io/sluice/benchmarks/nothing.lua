-- What one call of a script costs, whatever the script does.
return 1
