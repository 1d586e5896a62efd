"""Devices of recording (执法记录仪、询问室和听证室的设备): register, allocation, checks, faults — R065, R113."""
