"""The two registries and the one list (两库一单): objects, inspectors, experts, items, interests, signals."""
